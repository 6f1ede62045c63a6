// A live workspace as a side: what the inventory lists and the content seam reads, compared.
#include "audit/live_side.h"

#include "audit/change_text.h"
#include "audit/comparison.h"
#include "support/catch.h"
#include "support/emulator_transport.h"
#include "support/faulty_transport.h"
#include "support/manual_clock.h"

using namespace dbxark;
using namespace dbxark::audit;

namespace {

// A small workspace, looked at through a client of its own.
struct Live {
  explicit Live(emulator::Options options = {}) : service(std::move(options)) {
    emulator::FillSmallSample(service);
    REQUIRE(client.Me({}).ok());
  }

  std::unique_ptr<LiveSide> Side() { return std::make_unique<LiveSide>("live:x", client, content, inventory); }

  void Post(const std::string& path, const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.body = body;
    const auto response = wire.Send(request, {});
    REQUIRE(response.ok());
    INFO(response->body);
    REQUIRE(response->status == 200);
  }

  emulator::Emulator service;
  test::ManualClock clock;
  test::EmulatorTransport wire{service};
  workspace::Client client{wire, clock};
  workspace::ApiContentSource content{client, Spool{}};
  workspace::InventoryOptions inventory;
};

std::vector<std::string> Differences(Side& left, Side& right, Tally& tally) {
  std::vector<std::string> lines;
  auto compared = CompareSides(left, right, {},
                               [&](const Change& change) {
                                 std::string line = std::string(SymbolOf(change)) + " " +
                                                    std::string(change.kind->name) + " " + change.natural_key;
                                 for (const FieldChange& field : change.fields) line += ": " + field.path;
                                 lines.push_back(line);
                                 return true;
                               },
                               {});
  INFO((compared.ok() ? std::string() : compared.error().message()));
  REQUIRE(compared.ok());
  tally = *compared;
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a workspace does not differ from itself") {
  Live live;
  const auto left = live.Side(), right = live.Side();
  Tally tally;
  CHECK(Differences(*left, *right, tally) == Lines{});
  CHECK(tally.same > 100);
  CHECK(tally.not_compared.empty());
}

TEST_CASE("two workspaces of one seed hold the same under other ids") {
  emulator::Options one, two;
  one.org_id = 11;
  two.org_id = 22;
  Live a(one), b(two);
  const auto left = a.Side(), right = b.Side();
  Tally tally;
  // A destination of the left has no counterpart that a restore could know, even where the right happens to have one.
  CHECK(Differences(*left, *right, tally) ==
        Lines{"~ job landing-files: webhook_notifications.on_failure[0]: webhook_notifications.on_success[0]"});
  CHECK(tally.not_compared.empty());
}

TEST_CASE("what changes in a live workspace is found") {
  emulator::Options one, two;
  one.org_id = two.org_id = 11;
  Live before(one), after(two);
  after.Post("/api/2.0/workspace/mkdirs", R"({"path":"/Shared/brand new"})");
  after.Post("/api/2.0/workspace/import",
             R"({"path":"/Shared/brand new/n","format":"SOURCE","language":"PYTHON","content":"cHJpbnQoMSkK"})");
  after.Post("/api/2.0/dbfs/put", R"({"path":"/FileStore/new.txt","contents":"eA=="})");
  const auto left = before.Side(), right = after.Side();
  Tally tally;
  CHECK(Differences(*left, *right, tally) ==
        Lines{"+ directory /Shared/brand new", "+ notebook /Shared/brand new/n", "+ dbfs_file /FileStore/new.txt"});
}
