#include "emulator/sample_hostile.h"

#include "emulator/codec.h"
#include "emulator/family_support.h"
#include "emulator/identity_family.h"
#include "emulator/init_scripts_family.h"
#include "emulator/jobs_family.h"
#include "emulator/sample.h"

namespace emulator {
namespace {

std::string Times(size_t count, const char* text) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

// The deleted user is not among them.
void FillPrincipals(Identity& identity) {
  std::string group = identity.PutGroup("所有人 \"all\"");
  for (const char* name : {"ana@example.com", "o'neil+tag@example.com", "用户@例子.公司"}) {
    identity.AddMember(group, identity.PutUser(name, "The Same Name", false));
  }
  for (int i = 0; i < 2; ++i) identity.AddServicePrincipal("The Same Name", "");
}

void FillInitScripts(Emulator& emulator) {
  const std::string large = "#!/bin/bash\n# " + std::string(49000, 'x') + "\n";
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"twice", "#!/bin/bash\necho first\n"},
           {"twice", "#!/bin/bash\necho second\n"},
           {"same twice", "#!/bin/bash\necho same\n"},
           {"same twice", "#!/bin/bash\necho same\n"},
           {"脚本\nwith a line end % ..", "#!/bin/bash\r\necho crlf\r\n"},
           {"large", large},
           {"to lose its name", "#!/bin/bash\necho nobody knows my name\n"},
           {"to lose its text", "#!/bin/bash\n"}}) {
    CallRoute(emulator, "POST", "/api/2.0/global-init-scripts",
              {{"name", name}, {"script", Base64Encode(text)}, {"enabled", name != "large"}}, kSampleEpochMs);
  }
  Json state = emulator.init_scripts().Save();
  for (Json& script : state["scripts"]) {
    if (script["name"] == "to lose its name") script["name"] = "";
    if (script["name"] == "to lose its text") script.update({{"name", "no base64"}, {"script", "!not base64!"}});
  }
  emulator.init_scripts().Load(state);
}

}  // namespace

const std::vector<std::string>& HostileNames() {
  static const std::vector<std::string> names = {
      // Scripts, with letters of two, three and four bytes, both ways round, composed and decomposed.
      "销售报表", "売上レポート", "매출 보고서", "отчёт", "έκθεση", "تقرير المبيعات", "דוח מכירות", "बिक्री रिपोर्ट",
      "รายงาน", "báo cáo", "ხარჯები", "ሪፖርት", "தமிழ்", "🚀 launch", "👩‍👩‍👧‍👦 family", "𝕯𝖆𝖙𝖆",
      "caf\u00e9", "cafe\u0301", "zero\u200bwidth", "\u202etxt.exe", "\ufeffmark", "no\u00a0break",
      // Letter case alone tells them apart.
      "Case", "case", "CASE", "Äpfel", "äpfel", "İstanbul", "istanbul", "Straße", "STRASSE",
      // Control characters.
      "line1\nline2", "\n", "return\rhere", "tab\there", "bell\x07 \x1b[31mred", "delete\x7f",
      // Escapes of URLs and of JSON, and what looks like one.
      "%", "100%", "%2e%2e%2f", "%00", "50%25", "%zz", "plus+and&amp", "a=b&c=d", "hash#question?", "\\u0041",
      "{\"a\":1}",
      // Dots and spaces.
      ".", "..", "...", ".hidden", "..hidden", "trailing.", "trailing...", "a..b", " ", " leading", "trailing ",
      // Shells and globs.
      "-rf", "--help", "~", "$HOME", "$(id)", "`id`", "a;b|c", "*", "?", "[a-z]*", "{a,b}", "!", "it's \"quoted\"",
      "back\\slash",
      // What other systems keep for themselves.
      "CON", "nul.txt", "C:", "a:b", "<a>", "META", "README.txt", "~deep", "Trash", "Workspace",
      // As long as a component may be, in bytes and in letters; and two that differ at the very end.
      std::string(255, 'n'), Times(255, "名"), Times(255, "🚀"), std::string(251, 'n') + ".txt",
      std::string(254, 'm') + "1", std::string(254, 'm') + "2"};
  return names;
}

void FillHostileSample(Emulator& emulator) {
  // What a workspace no longer answers may have been made before: variants come over the finished sample.
  std::set<std::string> variants = emulator.SwapVariants({});
  HostileIds ids;
  FillPrincipals(emulator.identity());
  FillHostileTree(emulator);
  FillHostileFiles(emulator);
  FillHostileCompute(emulator, ids);
  FillHostileJobs(emulator, ids);
  FillInitScripts(emulator);
  EndHostileCompute(emulator, ids);
  emulator.jobs().ForgetFired();
  SetSampleTimes(emulator);
  emulator.SwapVariants(std::move(variants));
}

}  // namespace emulator
