// SPDX-License-Identifier: MIT
// expect: Roam: a record is a plain aggregate
#include <roam/mapping/record.hpp>

class book {
public:
    int id = 0;

private:
    int copies_ = 0;
};

auto const& t = roam::table_of<book>();
