// SPDX-License-Identifier: MIT
#pragma once

namespace roam::mapping::detail {

/// Types that belong to a connection specialise this where they are declared, so that a record
/// cannot hold one, nor a pointer to one, nor a container, optional or smart pointer of it.
template <class M>
inline constexpr bool is_bound_to_connection = false;

template <class M>
inline constexpr bool is_bound_to_connection<M*> = is_bound_to_connection<M>;

template <class M>
inline constexpr bool is_bound_to_connection<M const> = is_bound_to_connection<M>;

template <template <class...> class Holder, class... Parts>
inline constexpr bool is_bound_to_connection<Holder<Parts...>> =
    (is_bound_to_connection<Parts> || ...);

}  // namespace roam::mapping::detail
