// SPDX-License-Identifier: MIT
#pragma once

#include <ibase.h>

#include <string>
#include <string_view>

namespace roam::firebird {

/// Where a statement runs: the library takes both handles by address.
struct place {
    isc_db_handle* database;
    isc_tr_handle* transaction;
};

/// Stores the bytes as a BLOB of the transaction. False with the reason in `status`.
bool write_blob(place at, std::string_view bytes, ISC_QUAD& id, ISC_STATUS* status) noexcept;

/// Reads all of a BLOB. False with the reason in `status`.
bool read_blob(place at, ISC_QUAD id, std::string& bytes, ISC_STATUS* status);

}  // namespace roam::firebird
