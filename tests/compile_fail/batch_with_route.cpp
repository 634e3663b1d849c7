// SPDX-License-Identifier: MIT
// expect: Roam: a write_batch is written to one database
#include <roam/record/write_batch.hpp>

struct entry {
    int id = 0;
    int book = 0;
};
ROAM_RECORD(entry, database("audit"))

void add(roam::write_batch& writes, entry& e) { writes.insert(e); }
