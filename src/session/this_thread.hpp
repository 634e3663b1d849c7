// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/context.hpp>

#include <atomic>

namespace roam::detail {

/// The context of this thread, once it has made one. A bare pointer beside the object: every
/// operation asks, and a thread-local with a constructor would be asked whether it has run.
/// Initial-exec makes the access one instruction; the eight bytes fit into what the loader keeps
/// free for libraries that are loaded late. To be read only in functions that are compiled into the
/// library, never in a header of include/ (D6).
[[gnu::tls_model("initial-exec"),
  gnu::visibility("hidden")]] extern constinit thread_local context* context_of_this_thread;

/// Whether the program supplies contexts or chooses databases itself: then each operation asks.
[[gnu::visibility("hidden")]] extern constinit std::atomic<bool> program_decides;

}  // namespace roam::detail
