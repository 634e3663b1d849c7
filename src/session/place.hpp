// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>
#include <roam/session/target.hpp>

#include <cstdint>
#include <optional>

namespace roam {

/// The session that the caller has for an operation already, or the database to lease one from.
struct target::place {
    session* held = nullptr;
    std::optional<database> from;

    detail::slot* slot() const noexcept { return held->slot_; }
    std::uint64_t generation() const noexcept { return held->generation_; }
};

}  // namespace roam
