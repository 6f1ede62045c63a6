// Which dbxark this is: DBXARK_VERSION comes from project(VERSION) in CMakeLists.txt, the one place that says it.
#pragma once

#ifndef DBXARK_VERSION
#error "DBXARK_VERSION is defined by the build"
#endif
