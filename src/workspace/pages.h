// Answers that come in pages.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"

namespace dbxark::workspace {

// Walks from page token to page token. Ends where the token is absent or empty, whatever the page held, and fails
// where a token comes a second time, since such a list has no end.
class PageTokens {
 public:
  const std::string& next() const { return next_; }
  // Takes the token from a page; false if that was the last one.
  Result<bool> Advance(json::Node page);

 private:
  std::string next_;
  std::set<std::string> seen_;
};

// The first page's text with the elements that later pages hold under `arrays` ("settings.tasks") appended to its own.
// All other bytes stay.
std::string JoinPages(const std::vector<json::Document>& pages, std::span<const std::string_view> arrays);

}  // namespace dbxark::workspace
