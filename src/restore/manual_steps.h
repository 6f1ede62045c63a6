// What a restore leaves to be done by hand, in the order to do it.
#pragma once

#include "restore/restore_report.h"

namespace dbxark::restore {

// Fills `to_do` from all else that the report says.
void AddManualSteps(RestoreReport& report);

}  // namespace dbxark::restore
