// The large sample: a workspace of as many objects as are asked for, of the shape that large workspaces have. Users
// with trees of their own, shared projects, notebooks of uneven length, one job to ten notebooks, a few clusters; from
// 40,000 objects on one folder of 20,000 notebooks.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "emulator/codec.h"
#include "emulator/dbfs_family.h"
#include "emulator/family_support.h"
#include "emulator/identity_family.h"
#include "emulator/jobs_family.h"
#include "emulator/sample.h"
#include "emulator/sample_text.h"
#include "emulator/workspace_family.h"

namespace emulator {
namespace {

constexpr size_t kBuiltIn = 10;      // policies and policy families that every workspace has
constexpr size_t kMostJobs = 10000;  // near the number that a workspace may hold
constexpr size_t kWideFolder = 20000;
constexpr size_t kWideFrom = 40000;
const std::string kWidePath = "/Shared/generated/scores per customer";

// How many of each kind make up the whole.
struct Shares {
  explicit Shares(size_t objects, size_t directories_there) {
    const auto part = [&](size_t one_in, size_t least, size_t most) {
      return std::clamp(objects / one_in, least, most);
    };
    jobs = part(12, 1, kMostJobs);
    clusters = part(400, 1, 200);
    policies = part(2000, 1, 30);
    pools = part(4000, 1, 10);
    scripts = part(5000, 1, 20);
    dbfs_files = part(200, 1, 2000);
    const size_t tree = objects - kBuiltIn - jobs - clusters - policies - pools - scripts - dbfs_files;
    wide = objects >= kWideFrom ? kWideFolder : 0;
    files = tree / 30;
    directories = std::max((tree - wide) / 14, directories_there + 3);
    notebooks = tree - files - directories;
    users = std::clamp<size_t>(directories / 12, 1, 3000);
  }
  size_t jobs, clusters, policies, pools, scripts, dbfs_files, wide, files, directories, notebooks, users;
};

class LargeSample {
 public:
  LargeSample(Emulator& emulator, size_t objects)
      : emulator_(emulator),
        tree_(emulator.tree()),
        random_(emulator.options().seed * 0x51ed2701 + objects),
        shares_(objects, emulator.tree().CountNodes()) {}

  void Fill() {
    MakeFolders();
    MakeNotebooks();
    MakeFiles();
    MakeCompute();
    MakeJobs();
    emulator_.jobs().ForgetFired();
  }

 private:
  std::string Word() { return std::string(SampleWord(random_)); }
  std::string Name() { return std::string(SampleVerb(random_)) + " " + Word() + " " + Word(); }

  // `folder` is not there before.
  void AddFolder(const std::string& folder) {
    tree_.Mkdirs(folder);
    folders_.push_back(folder);
  }

  // `name`, or with a number where that is taken.
  std::string Free(const std::string& folder, const std::string& name) {
    std::string path = folder + "/" + name;
    for (size_t number = 2; tree_.Find(path) != nullptr; ++number)
      path = folder + "/" + name + " " + std::to_string(number);
    return path;
  }

  // Homes and projects; the rest grows below those that are there, wider than deep.
  void MakeFolders() {
    size_t left = shares_.directories - tree_.CountNodes();
    if (shares_.wide > 0) {
      tree_.Mkdirs(kWidePath);
      left -= 2;
    }
    for (size_t user = 0; user < shares_.users && left > 0; ++user, --left) {
      const std::string name = SampleUserName(user);
      emulator_.identity().PutUser(name, name.substr(0, name.find('@')), false);
      AddFolder("/Users/" + name);
    }
    for (size_t team = 0; team < 6 && left > 0; ++team, --left)
      AddFolder(Free("/Shared", std::string(SampleTopic(random_))));
    for (; left > 0; --left) {
      const std::string& above = folders_[random_.Below(folders_.size())];
      const bool deep = std::count(above.begin(), above.end(), '/') >= 8;
      const std::string& parent = deep ? folders_[random_.Below(shares_.users)] : above;
      AddFolder(Free(parent, random_.Chance(30) ? std::string(SampleTopic(random_)) : Word() + "_" + Word()));
    }
  }

  void PutNotebook(const std::string& path) {
    const uint64_t seed = random_.Next();
    tree_.PutWritten(path, {SampleLanguage(seed), &SampleNotebookText, seed});
    // Jobs call notebooks of any age and place.
    if (called_.size() < 4 * shares_.jobs) {
      called_.push_back(path);
    } else if (random_.Chance(5)) {
      called_[random_.Below(called_.size())] = path;
    }
  }

  void MakeNotebooks() {
    const size_t wide = std::min(shares_.wide, shares_.notebooks);
    for (size_t number = 0; number < wide; ++number)
      PutNotebook(kWidePath + "/customer_" + std::to_string(1000000 + number).substr(1));
    for (size_t left = shares_.notebooks - wide; left > 0; --left) {
      // Half of what people write is where they write most.
      const size_t folder = random_.Chance(50) ? random_.SkewedBelow(folders_.size()) : random_.Below(folders_.size());
      PutNotebook(Free(folders_[folder], Name()));
    }
  }

  void MakeFiles() {
    constexpr const char* kNames[] = {"requirements.txt", "utils.py",    "config.json",
                                      "README.md",        "queries.sql", "mapping.csv"};
    for (size_t left = shares_.files; left > 0; --left) {
      const std::string name = kNames[random_.Below(std::size(kNames))];
      const size_t dot = name.rfind('.');
      std::string path = folders_[random_.Below(folders_.size())] + "/" + name;
      if (tree_.Find(path) != nullptr)
        path = path.substr(0, path.size() - (name.size() - dot)) + "_" + std::to_string(left) + name.substr(dot);
      // Its first line would make a notebook of it at an import.
      std::string text = SampleNotebookText(random_.Next());
      text.erase(0, text.find('\n') + 1);
      tree_.PutFile(path, text.substr(0, 200 + random_.Below(4000)));
    }
    for (size_t number = 0; number < shares_.dbfs_files; ++number) {
      const std::string name = Word() + "-" + std::to_string(number);
      const uint64_t seed = random_.Next();
      if (number % 8 == 0) {
        emulator_.dbfs().PutFile("/FileStore/jars/" + name + ".jar",
                                 "PK\x03\x04" + SampleBytes(seed, 2000 + random_.Below(30000)));
      } else {
        emulator_.dbfs().PutFile("/FileStore/tables/" + Word() + "/" + name + ".csv", SampleNotebookText(seed));
      }
    }
  }

  Json Post(const std::string& path, const Json& body) {
    return CallRoute(emulator_, "POST", "/api/" + path, body, now_ms_ += 10000);
  }

  void MakeCompute() {
    for (size_t number = 0; number < shares_.pools; ++number) {
      pools_.push_back(
          Post("2.0/instance-pools/create", {{"instance_pool_name", "pool " + std::to_string(number) + " " + Word()},
                                             {"node_type_id", "i3.xlarge"},
                                             {"max_capacity", 10 + random_.Below(90)},
                                             {"idle_instance_autotermination_minutes", 15}})
              .at("instance_pool_id"));
    }
    for (size_t number = 0; number < shares_.policies; ++number) {
      const Json definition{
          {"autotermination_minutes", {{"type", "range"}, {"minValue", 10}, {"maxValue", 240}, {"defaultValue", 30}}},
          {"custom_tags.team", {{"type", "unlimited"}, {"defaultValue", Word()}}}};
      policies_.push_back(
          Post("2.0/policies/clusters/create",
               {{"name", "policy " + std::to_string(number) + " " + Word()}, {"definition", definition.dump()}})
              .at("policy_id"));
    }
    for (size_t number = 0; number < shares_.scripts; ++number) {
      Post("2.0/global-init-scripts",
           {{"name", "script " + std::to_string(number)},
            {"script", Base64Encode("#!/bin/bash\nset -e\necho '" + Word() + "' > /etc/motd\n")},
            {"enabled", number % 2 == 0}});
    }
    for (size_t number = 0; number < shares_.clusters; ++number) {
      Json spec = NewCluster();
      spec.update(
          {{"cluster_name", Word() + "-" + std::string(SampleTopic(random_))}, {"autotermination_minutes", 60}});
      clusters_.push_back(Post("2.0/clusters/create", spec).at("cluster_id"));
    }
  }

  Json NewCluster() {
    Json spec{{"spark_version", "15.4.x-scala2.12"},
              {"num_workers", 1 + random_.Below(8)},
              {"spark_conf", {{"spark.sql.shuffle.partitions", std::to_string(8 << random_.Below(6))}}},
              {"custom_tags", {{"team", Word()}, {"cost-centre", std::to_string(1000 + random_.Below(9000))}}}};
    if (random_.Chance(60)) {
      spec["node_type_id"] = "i3.xlarge";
    } else {
      spec["instance_pool_id"] = pools_[random_.Below(pools_.size())];
    }
    if (random_.Chance(50)) spec["policy_id"] = policies_[random_.Below(policies_.size())];
    return spec;
  }

  Json Task(size_t number, bool own_cluster) {
    Json task{{"task_key", std::string(SampleVerb(random_)) + "_" + std::to_string(number)},
              {"notebook_task", {{"notebook_path", called_[random_.Below(called_.size())]}, {"source", "WORKSPACE"}}},
              {"timeout_seconds", 3600 * (1 + random_.Below(4))}};
    if (random_.Chance(50))
      task["notebook_task"]["base_parameters"] = {{"day", "{{job.start_time.iso_date}}"}, {Word(), Word()}};
    if (own_cluster) {
      task["job_cluster_key"] = "main";
    } else {
      task["existing_cluster_id"] = clusters_[random_.Below(clusters_.size())];
    }
    return task;
  }

  void MakeJobs() {
    std::string last;
    for (size_t number = 0; number < shares_.jobs; ++number) {
      const bool own_cluster = random_.Chance(70);
      Json tasks = Json::array();
      for (size_t task = 0, count = 1 + random_.SkewedBelow(8); task < count; ++task) {
        tasks.push_back(Task(task, own_cluster));
        if (task > 0)
          tasks.back()["depends_on"] = Json::array({{{"task_key", tasks[random_.Below(task)].at("task_key")}}});
      }
      if (!last.empty() && random_.Chance(5)) {
        tasks.push_back({{"task_key", "then"}, {"run_job_task", {{"job_id", std::stoll(last)}}}});
      }
      Json job{{"name", Name() + (random_.Chance(3) ? "" : " " + std::to_string(number))},
               {"max_concurrent_runs", 1},
               {"tags", {{"team", SampleTopic(random_)}}},
               {"tasks", std::move(tasks)}};
      if (own_cluster)
        job["job_clusters"] = Json::array({{{"job_cluster_key", "main"}, {"new_cluster", NewCluster()}}});
      if (random_.Chance(60)) {
        const std::string time = std::to_string(random_.Below(60)) + " " + std::to_string(random_.Below(24));
        job["schedule"] = {{"quartz_cron_expression", "0 " + time + " * * ?"},
                           {"timezone_id", "UTC"},
                           {"pause_status", random_.Chance(80) ? "UNPAUSED" : "PAUSED"}};
      }
      if (random_.Chance(40))
        job["email_notifications"] = {{"on_failure", {SampleUserName(random_.Below(shares_.users))}}};
      last = Post("2.2/jobs/create", job).at("job_id").dump();
    }
  }

  Emulator& emulator_;
  WorkspaceTree& tree_;
  SampleRandom random_;
  Shares shares_;
  int64_t now_ms_ = kSampleEpochMs;
  std::vector<std::string> folders_, called_, pools_, policies_, clusters_;
};

}  // namespace

void FillLargeSample(Emulator& emulator, size_t objects) {
  std::set<std::string> variants = emulator.SwapVariants({});
  LargeSample(emulator, objects).Fill();
  SetSampleTimes(emulator);
  emulator.SwapVariants(std::move(variants));
}

}  // namespace emulator
