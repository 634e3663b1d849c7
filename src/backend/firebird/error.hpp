// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>

#include <ibase.h>

#include <string>
#include <vector>

namespace roam::firebird {

/// What the engine said about a failure.
struct failure {
    std::vector<ISC_STATUS> codes;  ///< the most general first
    std::string sqlstate;
    std::string message;  ///< without values

    bool has(ISC_STATUS code) const noexcept;

    /// A row was changed, or a table was made, by a transaction that is still open or came first.
    bool is_conflict() const noexcept;

    /// A BLOB of a row that has another version by now is gone.
    bool is_outrun() const noexcept;

    bool is_link_lost() const noexcept;
};

/// Whether a call left an error in its status.
inline bool is_error(ISC_STATUS const* status) noexcept {
    return status[0] == isc_arg_gds && status[1] != 0;
}

failure failure_of(ISC_STATUS const* status);

/// Throws the class of <roam/error.hpp> that belongs to it.
[[noreturn]] void throw_failure(failure const& what, error_details details);

}  // namespace roam::firebird
