// SPDX-License-Identifier: MIT
// expect: Roam: a generated key is an integer member
#include <roam/mapping/record.hpp>

#include <string>

struct book {
    std::string code;
};
ROAM_RECORD(book, primary_key<&book::code>(generated))

auto const& t = roam::table_of<book>();
