// SPDX-License-Identifier: MIT
#pragma once

namespace roam::mapping::detail {

/// Types that belong to a connection specialise this where they are declared, so that a record
/// cannot hold one.
template <class M>
inline constexpr bool is_bound_to_connection = false;

template <class M>
inline constexpr bool is_bound_to_connection<M*> = is_bound_to_connection<M>;

}  // namespace roam::mapping::detail
