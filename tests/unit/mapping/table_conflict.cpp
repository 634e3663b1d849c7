// SPDX-License-Identifier: MIT
#include "conflicting.hpp"
#include <roam/error.hpp>

#include <support/catch.hpp>

namespace conflict {
ROAM_RECORD(parcel, table("parcels"), column<&parcel::label>("tag"))
}  // namespace conflict

TEST_CASE("D15: two translation units that disagree about a record each keep their own table") {
    CHECK(roam::table_of<conflict::parcel>().name == "parcels");
    CHECK(roam::table_of<conflict::parcel>().columns[1].name == "tag");
    CHECK(conflict::plain_table().name == "parcel");
    CHECK(conflict::plain_column(1) == "label");
}

TEST_CASE("D15: the second of two descriptions to be used is a conflict, whichever it is") {
    roam::mapping::register_description(roam::table_of<conflict::parcel>());
    CHECK_THROWS_AS(roam::mapping::register_description(conflict::plain_table()),
                    roam::mapping_conflict_error);
    CHECK_THROWS_WITH(roam::mapping::register_description(conflict::plain_table()),
                      Catch::Contains("conflict::parcel") && Catch::Contains("'parcels'") &&
                          Catch::Contains("'parcel'") && Catch::Contains("ROAM_RECORD"));
    CHECK_NOTHROW(roam::mapping::register_description(roam::table_of<conflict::parcel>()));
}
