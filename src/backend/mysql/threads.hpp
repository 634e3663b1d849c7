// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

// What the client library wants to know of the program's threads.

namespace roam::mysql {

/// Initialises the client library and the statics of SOCI's backend, once. Throws
/// unsupported_error when the library was built for one thread.
void initialize_library();

/// Announces this thread to the library, once; its end is announced when it ends. Called at the
/// beginning of whatever uses a MYSQL.
void enter_thread() noexcept;

std::uint64_t threads_begun() noexcept;
std::uint64_t threads_ended() noexcept;

}  // namespace roam::mysql
