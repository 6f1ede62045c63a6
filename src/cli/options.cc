#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/diff_command.h"
#include "cli/drill_command.h"
#include "cli/export_command.h"
#include "cli/extract_command.h"
#include "cli/info_command.h"
#include "cli/ls_command.h"
#include "cli/map_command.h"
#include "cli/restore_command.h"
#include "cli/restore_memory.h"
#include "cli/show_command.h"
#include "cli/switch_commands.h"
#include "cli/verify_command.h"
#include "format/versions.h"
#include "http/curl_transport.h"
#include "json/document.h"

namespace dbxark::cli {
namespace {

std::string VersionText() {
  return "dbxark " DBXARK_VERSION "\n" + http::CurlVersions() + "\n" + json::ParserVersion() + "\n" +
         format::LibraryVersions() + "\n" + DigestLibraryVersions() + "\nCLI11 " CLI11_VERSION;
}

// What the command line says, before a command runs.
class CommandLine {
 public:
  explicit CommandLine(Console& console) : console_(console) {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", VersionText());
    app_.footer("dbxark COMMAND --help tells more of each.");
    AddExport();
    AddInfo();
    AddLs();
    AddShow();
    AddExtract();
    AddVerify();
    AddDiff();
    AddRestore();
    AddDrill();
    AddMapCommand();
    AddCutover();
    AddFreeze();
  }

  int Run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) {
        console_.Out(HelpOrVersion(error));
        return 0;
      }
      console_.Configure(ConsoleNow());
      return console_.Fail(Error(ErrorCode::kUsage, Explain(error, argc, argv)));
    }
    console_.Configure(ConsoleNow());
    if (const std::string empty = EmptyOption(); !empty.empty()) {
      return console_.Fail(Error(ErrorCode::kUsage, empty + " is empty: a variable that is not set, perhaps?"));
    }
    if (!json_file_.empty()) {
      if (const Status opened = console_.OpenJsonFile(json_file_); !opened.ok()) return console_.Fail(opened.error());
    }
    return run_();
  }

 private:
  // An option that was given without anything in it; empty if there is none. It is not the same as leaving it out.
  std::string EmptyOption() const {
    for (const CLI::App* command : app_.get_subcommands()) {
      for (const CLI::Option* option : command->get_options()) {
        const std::vector<std::string>& given = option->results();
        if (std::find(given.begin(), given.end(), std::string()) != given.end()) return option->get_name();
      }
    }
    return {};
  }

  // Options that several commands share are spelled the same everywhere.
  CLI::App* AddCommand(const std::string& name, const std::string& what, const std::string& examples) {
    CLI::App* command = app_.add_subcommand(name, what);
    command->add_flag("--json", console_options_.json, "One JSON document on standard output");
    command->add_flag("-q,--quiet", console_options_.quiet, "Results, errors and the verdict only");
    command->add_flag("-v,--verbose", console_options_.verbosity, "A line for each request");
    command->add_option("--color", color_, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("WHEN");
    command->footer("Examples:\n" + examples);
    return command;
  }

  // Of commands that take long enough to tell what goes on.
  void AddEvents(CLI::App* command) {
    command->get_option("--json")->description("Events and the result as JSON lines on standard output");
    command->add_option("--json-file", json_file_, "The same into a file, while the text goes on")->type_name("FILE");
  }

  static void AddConnection(CLI::App* command, ConnectionFlags& flags) {
    command->add_option("--profile", flags.profile, "A profile in .databrickscfg")->type_name("NAME");
    command->add_option("--host", flags.host, "The workspace's address; the token is DATABRICKS_TOKEN")
        ->type_name("URL");
  }

  static void AddTuning(CLI::App* command, TuningFlags& flags) {
    command->add_option("--workers", flags.workers, "Requests in flight [16]")
        ->type_name("N")
        ->check(CLI::Range(1, 256));
    command->add_option("--requests-per-second", flags.requests_per_second, "0 is unlimited [the published limits]")
        ->type_name("N")
        ->check(CLI::Range(0.0, 100000.0));
    command->add_option("--spool", flags.spool, "A folder for large bodies [$TMPDIR]")->type_name("DIR");
    command->add_option("--patience", flags.patience_s, "How long to repeat a refused request, in seconds [300]")
        ->type_name("S")
        ->check(CLI::Range(0, 86400));
  }

  // One value each time: what follows it is an argument of its own.
  static void Repeatable(CLI::Option* option, const std::string& type) {
    option->type_name(type)->allow_extra_args(false);
  }

  static void AddSelection(CLI::App* command, std::vector<std::string>& include, std::vector<std::string>& exclude) {
    Repeatable(command->add_option("--include", include, "Only these: kind or kind:glob"), "SELECTOR");
    Repeatable(command->add_option("--exclude", exclude, "Not these; wins"), "SELECTOR");
  }

  void AddExport() {
    CLI::App* command =
        AddCommand("export", "A whole workspace into one new archive",
                   "  dbxark export --profile primary -o prod.tar.zst\n"
                   "  dbxark export --profile primary -o jobs.tar.zst --include jobs --include clusters");
    AddEvents(command);
    ExportFlags& flags = export_;
    command->add_option("-o,--output", flags.output, "The archive; must not exist yet")
        ->required()
        ->type_name("ARCHIVE");
    AddConnection(command, flags.connection);
    AddSelection(command, flags.include, flags.exclude);
    command->add_option("--notebook-format", flags.notebook_format, "source (code) or jupyter (with outputs) [source]")
        ->check(CLI::IsMember({"source", "jupyter"}))
        ->type_name("FORMAT");
    Repeatable(command->add_option("--dbfs-root", flags.dbfs_roots,
                                   "A DBFS folder to save [/databricks/init, /databricks/scripts, /FileStore]"),
               "PATH");
    command->add_option("--dbfs-max-file", flags.dbfs_max_file, "Leave out larger DBFS files [1GiB]")
        ->type_name("SIZE");
    command->add_option("--level", flags.level, "Compression, 1 to 12 [3]")->check(CLI::Range(1, 12))->type_name("N");
    command->add_option("--archive-id", flags.archive_id, "A UUID, for a reproducible archive")->type_name("UUID");
    command->add_flag("--partial-ok", flags.partial_ok, "Accept what a caller sees who is no administrator");
    command->add_option("--accept", flags.accept_file, "Failures that are known: a line each, `kind name`")
        ->type_name("FILE");
    command->add_flag("--refuse-plain-secrets", flags.refuse_plain_secrets, "Stop where a credential stands in clear");
    AddTuning(command, flags.tuning);
    RunsWith(command, RunExport, flags);
  }

  static void AddArchive(CLI::App* command, std::string& archive) {
    command->add_option("archive", archive, "An archive")->required()->type_name("ARCHIVE");
  }

  static void AddSelectors(CLI::App* command, std::vector<std::string>& selectors) {
    command->add_option("selector", selectors, "kind or kind:glob, such as jobs or 'notebooks:/Users/ana/**'")
        ->type_name("SELECTOR");
  }

  template <typename Flags>
  void RunsWith(CLI::App* command, int (*run)(const Flags&, Console&), Flags& flags) {
    command->callback([this, run, &flags] { run_ = [this, run, &flags] { return run(flags, console_); }; });
  }

  void AddInfo() {
    CLI::App* command = AddCommand("info", "What an archive holds, and what it does not",
                                   "  dbxark info prod.tar.zst\n  dbxark info --failed prod.tar.zst");
    AddArchive(command, info_.archive);
    command->add_flag("--failed", info_.failed, "List what failed, and nothing else");
    RunsWith(command, RunInfo, info_);
  }

  void AddLs() {
    CLI::App* command = AddCommand("ls", "List the objects in an archive",
                                   "  dbxark ls prod.tar.zst\n  dbxark ls -l prod.tar.zst 'notebooks:/Shared/**'");
    AddArchive(command, ls_.archive);
    AddSelectors(command, ls_.selectors);
    Repeatable(command->add_option("--exclude", ls_.exclude, "Not these; wins"), "SELECTOR");
    command->add_flag("-l,--long", ls_.long_format, "With size, time and id");
    RunsWith(command, RunLs, ls_);
  }

  void AddShow() {
    CLI::App* command = AddCommand(
        "show", "Print definitions as stored, or a notebook's content",
        "  dbxark show prod.tar.zst 'notebooks:/Shared/etl'\n  dbxark show --pretty prod.tar.zst 'jobs:nightly*'");
    AddArchive(command, show_.archive);
    AddSelectors(command, show_.selectors);
    command->add_flag("--pretty", show_.pretty, "Indent definitions");
    RunsWith(command, RunShow, show_);
  }

  void AddExtract() {
    CLI::App* command = AddCommand("extract", "Write files and definitions into a folder, safely",
                                   "  dbxark extract prod.tar.zst -C out\n"
                                   "  dbxark extract prod.tar.zst 'notebooks:/Users/ana/**' -C out --keep-going");
    AddArchive(command, extract_.archive);
    AddSelectors(command, extract_.selectors);
    Repeatable(command->add_option("--exclude", extract_.exclude, "Not these; wins"), "SELECTOR");
    command->add_option("-C,--directory", extract_.folder, "Where to [.]")->type_name("DIR");
    command->add_flag("--keep-going", extract_.keep_going, "Past damage, naming what is lost");
    RunsWith(command, RunExtract, extract_);
  }

  void AddVerify() {
    CLI::App* command = AddCommand("verify", "Check an archive: every byte, every object",
                                   "  dbxark verify prod.tar.zst\n  dbxark verify --restorable prod.tar.zst");
    AddArchive(command, verify_.archive);
    command->add_flag("--quick", verify_.quick, "The structure only");
    command->add_flag("--restorable", verify_.restorable, "List references that nothing in the archive answers");
    command->add_option("--threads", verify_.threads, "How many [all processors]")->type_name("N");
    RunsWith(command, RunVerify, verify_);
  }

  void AddDiff() {
    CLI::App* command = AddCommand("diff", "What differs between two archives, or an archive and a workspace",
                                   "  dbxark diff monday.tar.zst tuesday.tar.zst\n"
                                   "  dbxark diff prod.tar.zst live:secondary --exit-code");
    DiffFlags& flags = diff_;
    command->add_option("left", flags.left, "An archive, or live:PROFILE")->required()->type_name("A");
    command->add_option("right", flags.right, "An archive, or live:PROFILE")->required()->type_name("B");
    AddSelection(command, flags.include, flags.exclude);
    command->add_flag("--patch", flags.patch, "Show the lines that differ");
    command->add_flag("--raw", flags.raw, "Compare bytes");
    command->add_flag("--exit-code", flags.exit_code, "10 where there are differences");
    command->add_option("--journal", flags.journal, "Of a restore from A to B [the usual place]")->type_name("FILE");
    AddTuning(command, flags.tuning);
    command->callback([this] { run_ = [this] { return RunDiff(diff_, console_, OpenRestoreMemory); }; });
  }

  void AddRestore() {
    CLI::App* command = AddCommand("restore", "Plan and replay an archive into a workspace",
                                   "  dbxark restore prod.tar.zst --profile secondary --dry-run\n"
                                   "  dbxark restore prod.tar.zst --profile secondary --yes");
    AddEvents(command);
    RestoreFlags& flags = restore_;
    AddArchive(command, flags.archive);
    AddConnection(command, flags.connection);
    command->add_flag("-n,--dry-run", flags.dry_run, "Show the plan; send nothing but reads");
    command->add_flag("--full", flags.full, "Show the whole plan");
    command->add_flag("--status", flags.status, "Only say how far earlier runs have come");
    command->add_flag("--yes", flags.yes, "Do not ask");
    AddSelection(command, flags.include, flags.exclude);
    command
        ->add_option("--on-conflict", flags.on_conflict,
                     "What is there and differs: adopt (leave it), update or fail; for one kind as jobs=update [adopt]")
        ->type_name("[KIND=]WHAT")
        ->allow_extra_args(false);
    command
        ->add_option("--on-missing", flags.on_missing,
                     "What an object needs and the target lacks: block the object, or drop the reference [block]")
        ->check(CLI::IsMember({"block", "drop"}))
        ->type_name("WHAT");
    CLI::Option* adopt = command->add_flag("--adopt-by-name", flags.adopt_by_name,
                                           "A job or cluster that differs from the only one of its name is that one");
    command
        ->add_flag("--create-anyway", flags.create_anyway,
                   "A job or cluster that differs from all of its name is one more")
        ->excludes(adopt);
    AddMap(command, flags.map);
    AddTo(command, flags.to);
    command->add_option("--save-plan", flags.save_plan, "Write the plan to a new file, as JSON")->type_name("FILE");
    command
        ->add_option("--plan", flags.plan, "Go on only if this saved plan would be made again; else say what changed")
        ->type_name("FILE");
    command->add_option("--journal", flags.journal, "What was done so far [$XDG_STATE_HOME/dbxark/...]")
        ->type_name("FILE");
    command
        ->add_option("--report", flags.report,
                     "What was done and is left to do, as Markdown or *.json; replaces only a report")
        ->type_name("FILE");
    command->add_flag("--standby", flags.standby,
                      "Keep the target like the source: update what restores made and nobody changed since");
    command->add_flag("--prune", flags.prune, "With --standby: remove what restores made and the source has no more");
    command->add_flag("--allow-older", flags.allow_older, "With --standby: go back to an older archive than it had");
    AddForwardJournal(command, flags.forward_journal);
    command->add_flag("--same-workspace", flags.same_workspace, "Restore into the workspace that the archive is of");
    command->add_flag("--retry-unknown", flags.retry_unknown, "Make again what may have been made already");
    command
        ->add_option("--read-back", flags.read_back,
                     "What of the objects made is read again and compared: lists, content too, or none [lists]")
        ->check(CLI::IsMember({"none", "lists", "content"}))
        ->type_name("WHAT");
    command
        ->add_option("--settle", flags.settle_s,
                     "How long to look for what a lost answer may have made, and what does not show yet, in s [60]")
        ->type_name("S")
        ->check(CLI::Range(0, 3600));
    AddTuning(command, flags.tuning);
    RunsWith(command, RunRestore, flags);
  }

  static void AddMap(CLI::App* command, std::string& map) {
    command->add_option("--map", map, "What is called otherwise in the target, as TOML (dbxark map makes one)")
        ->type_name("FILE");
  }

  static void AddFreezeJournal(CLI::App* command, std::string& path) {
    command
        ->add_option("--freeze-journal", path,
                     "Of a freeze of the source before the archive was made [the usual place]")
        ->type_name("FILE");
  }

  static void AddForwardJournal(CLI::App* command, std::string& path) {
    command
        ->add_option("--forward-journal", path,
                     "Going back: of the restore from this target to the archive's workspace [the usual place]")
        ->type_name("FILE");
  }

  static void AddTo(CLI::App* command, std::string& to) {
    command->add_option("--to", to, "Put notebooks and files of the workspace under this folder")->type_name("FOLDER");
  }

  void AddMapCommand() {
    CLI::App* command = AddCommand("map", "What an archive names and the target lacks, ready to fill in",
                                   "  dbxark map --template prod.tar.zst --profile secondary -o map.toml\n"
                                   "  dbxark map --template prod.tar.zst --profile secondary --include jobs");
    MapFlags& flags = map_;
    command->add_option("--template", flags.archive, "The archive")->required()->type_name("ARCHIVE");
    AddConnection(command, flags.connection);
    AddSelection(command, flags.include, flags.exclude);
    command->add_option("-o,--output", flags.output, "A new file [standard output]")->type_name("FILE");
    AddTuning(command, flags.tuning);
    RunsWith(command, RunMap, flags);
  }

  void AddDrill() {
    CLI::App* command = AddCommand("drill", "Does the target hold what the archive has? One verdict; only reads",
                                   "  dbxark drill prod.tar.zst --profile secondary\n"
                                   "  dbxark drill prod.tar.zst --profile secondary --include jobs --full");
    DrillFlags& flags = drill_;
    AddArchive(command, flags.archive);
    AddConnection(command, flags.connection);
    AddSelection(command, flags.include, flags.exclude);
    command->add_flag("--full", flags.full, "Show all: what was announced and what is in the target alone too");
    AddMap(command, flags.map);
    AddTo(command, flags.to);
    command->add_option("--journal", flags.journal, "Of the restore [$XDG_STATE_HOME/dbxark/...]")->type_name("FILE");
    AddForwardJournal(command, flags.forward_journal);
    AddFreezeJournal(command, flags.freeze_journal);
    AddTuning(command, flags.tuning);
    RunsWith(command, RunDrill, flags);
  }

  void AddSwitching(CLI::App* command, SwitchFlags& flags) {
    AddEvents(command);
    AddConnection(command, flags.connection);
    command->add_flag("-n,--dry-run", flags.dry_run, "Show what would change; send nothing but reads");
    command->add_flag("--full", flags.full, "Show every place, also what needs no change");
    command->add_flag("--yes", flags.yes, "Do not ask");
    AddSelection(command, flags.include, flags.exclude);
    AddTuning(command, flags.tuning);
  }

  void AddCutover() {
    CLI::App* command = AddCommand("cutover", "Switch on in the target what was on in the source",
                                   "  dbxark cutover prod.tar.zst --profile secondary --dry-run\n"
                                   "  dbxark cutover prod.tar.zst --profile secondary --include 'jobs:etl*' --yes");
    AddArchive(command, cutover_.archive);
    command->add_flag("--off", cutover_.reverse, "The way back: switch it off again");
    command->add_option("--journal", cutover_.journal, "Of the restore [$XDG_STATE_HOME/dbxark/...]")
        ->type_name("FILE");
    AddFreezeJournal(command, cutover_.freeze_journal);
    AddForwardJournal(command, cutover_.forward_journal);
    command->add_flag("--also-adopted", cutover_.also_adopted,
                      "What was in the target before any restore, too (after a journal was lost)");
    AddSwitching(command, cutover_);
    RunsWith(command, RunCutover, cutover_);
  }

  void AddFreeze() {
    CLI::App* command = AddCommand("freeze", "Switch off in a workspace what runs or costs by itself",
                                   "  dbxark freeze --profile primary --dry-run\n"
                                   "  dbxark freeze --profile primary --off --yes");
    command->add_flag("--off", freeze_.reverse, "The way back: switch on what the freeze switched off");
    command->add_option("--journal", freeze_.journal, "What was switched off [$XDG_STATE_HOME/dbxark/...]")
        ->type_name("FILE");
    AddSwitching(command, freeze_);
    RunsWith(command, RunFreeze, freeze_);
  }

  ConsoleOptions ConsoleNow() const {
    ConsoleOptions options = console_options_;
    if (color_ == "always") options.color = ColorMode::kAlways;
    if (color_ == "never") options.color = ColorMode::kNever;
    return options;
  }

  std::string HelpOrVersion(const CLI::ParseError& error) const {
    if (error.get_name() == "CallForVersion") return VersionText() + "\n";
    const auto chosen = app_.get_subcommands();
    return chosen.empty() ? app_.help() : chosen.front()->help("dbxark");
  }

  // The word that was probably meant, or nothing.
  static std::string Near(const std::string& word, const std::vector<std::string>& known) {
    const std::string best = NearestWord(word, known);
    return best.empty() ? "" : "; did you mean " + best + "?";
  }

  std::string Explain(const CLI::ParseError& error, int argc, const char* const* argv) const {
    const auto chosen = app_.get_subcommands();
    const std::string help = chosen.empty() ? "dbxark --help" : "dbxark " + chosen.front()->get_name() + " --help";
    if (chosen.empty() && argc > 1) {
      std::vector<std::string> commands;
      for (const CLI::App* command : app_.get_subcommands({})) commands.push_back(command->get_name());
      const std::string word = argv[1];
      if (!word.starts_with('-')) {
        return "there is no command " + ShellQuote(word) + Near(word, commands) + "   (" + help + ")";
      }
    }
    if (chosen.empty()) return "a command is missing   (" + help + ")";
    const CLI::App* command = chosen.front();
    std::vector<std::string> options;
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    }
    std::vector<std::string> extras = app_.remaining(true);
    const bool unexpected = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    for (int i = 1; i < argc && unexpected; ++i) {
      // An option that does not exist is what is wrong; its value is extra only because of it.
      const std::string word = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
      if (word.starts_with("--") && std::find(options.begin(), options.end(), word) == options.end()) extras = {word};
    }
    if (unexpected && !extras.empty()) {
      return "what is meant by " + ShellQuote(extras.front()) +
             (extras.front().starts_with('-') ? Near(extras.front(), options) : "") + "   (" + help + ")";
    }
    return Printable(error.what()) + "   (" + help + ")";
  }

  Console& console_;
  CLI::App app_{"Backs up a whole Databricks workspace into one file and brings it back.", "dbxark"};
  ConsoleOptions console_options_;
  std::string color_ = "auto", json_file_;
  std::function<int()> run_;
  ExportFlags export_;
  InfoFlags info_;
  LsFlags ls_;
  ShowFlags show_;
  ExtractFlags extract_;
  VerifyFlags verify_;
  DiffFlags diff_;
  RestoreFlags restore_;
  DrillFlags drill_;
  MapFlags map_;
  CutoverFlags cutover_;
  SwitchFlags freeze_;
};

}  // namespace

int RunCommandLine(int argc, const char* const* argv, Console& console) { return CommandLine(console).Run(argc, argv); }

}  // namespace dbxark::cli
