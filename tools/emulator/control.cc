// /emulator/...: what tests ask of the emulator itself. No token, no latency, no faults.
#include <mutex>

#include "emulator/emulator.h"
#include "emulator/guts.h"
#include "emulator/workspace_family.h"

namespace emulator {
namespace {

Json ParseBody(const Request& request) {
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) throw ApiError{400, "MALFORMED_REQUEST", "the body is not JSON"};
  return body;
}

}  // namespace

Response Emulator::Control(const Request& request) {
  const std::string& path = request.path;
  const bool get = request.method == "GET";
  const bool change = request.method == "POST" || request.method == "PUT";
  const Json done = Json::object();
  try {
    if (path == "/emulator/state" && get) return JsonResponse(Save());
    if (path == "/emulator/state" && change) return Load(ParseBody(request)), JsonResponse(done);
    if (path == "/emulator/requests" && get) return JsonResponse(Requests());
    if (path == "/emulator/requests" && request.method == "DELETE") return ClearRequests(), JsonResponse(done);
    if (path == "/emulator/faults" && get) return JsonResponse(Faults());
    if (path == "/emulator/faults" && change) return SetFaults(ParseBody(request)), JsonResponse(done);
    if (path == "/emulator/faults" && request.method == "DELETE") return SetFaults(Json::array()), JsonResponse(done);
    if (path == "/emulator/deny" && change) {
      const Json body = ParseBody(request);
      const std::lock_guard lock(guts_->state);
      tree_->Deny(body.value("path", ""), body.value("status", 0));
      return JsonResponse(done);
    }
    if (path == "/emulator/routes" && get) {
      Json list = Json::array();
      for (const Route& route : routes_) {
        list.push_back({{"method", route.method}, {"path", route.path}, {"family", route.family}});
      }
      return JsonResponse(list);
    }
    if (path == "/emulator/variants" && get) {
      Json list = Json::object();
      for (const auto& [name, meaning] : Variants()) list[name] = meaning;
      return JsonResponse(list);
    }
  } catch (const ApiError& error) {
    return JsonResponse({{"error_code", error.code}, {"message", error.message}}, error.status);
  } catch (const Json::exception& error) {
    return JsonResponse({{"error_code", "MALFORMED_REQUEST"}, {"message", error.what()}}, 400);
  }
  return JsonResponse(
      {{"error_code", "ENDPOINT_NOT_FOUND"}, {"message", "no such control: " + request.method + " " + path}}, 404);
}

}  // namespace emulator
