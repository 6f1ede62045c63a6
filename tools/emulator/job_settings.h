// The settings of a job: what the service accepts, and what it makes of them.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/jobs_family.h"

namespace emulator {

// What a create takes, beside access_control_list.
const std::vector<std::string_view>& JobSettingsFields();
// The arrays that jobs/get pages.
constexpr std::string_view kPagedArrays[] = {"tasks", "job_clusters", "environments", "parameters"};

// 400 where the service would refuse the settings, in their form of several tasks.
void CheckJobSettings(Context& context, const Json& settings, size_t most_tasks);
// The settings as a read shows them: defaults filled in, clusters settled by their policies and pools.
Json NormaliseJobSettings(Context& context, const Json& settings);

// The form of 2.0, with one task's fields at the root, and the other one.
Json ToTasks(const Json& single, const std::string& task_key);
Json ToSingleTask(const Json& settings);

// The active starters of the settings: schedule, trigger, triggers, continuous.
std::vector<std::string> ActiveStarters(const Json& settings);

}  // namespace emulator
