// SPDX-License-Identifier: MIT
// expect: Roam: a name is longer than 128 bytes
#include <roam/mapping/record.hpp>

struct book {
    int id = 0;
    int copies = 0;
};
ROAM_RECORD(book, column<&book::copies>(
                      "0123456789012345678901234567890123456789012345678901234567890123"
                      "01234567890123456789012345678901234567890123456789012345678901234"))

auto const& t = roam::table_of<book>();
