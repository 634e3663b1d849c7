// SPDX-License-Identifier: MIT
#pragma once

// The three ways to share sessions between threads, beside roam.hpp: in turn (locked_session),
// parent and children (crew), client and server (session_server). docs/threads.md compares them.

#include <roam/roam.hpp>
#include <roam/session/crew.hpp>
#include <roam/session/limit.hpp>
#include <roam/session/locked_session.hpp>
#include <roam/session/retry.hpp>
#include <roam/session/session_server.hpp>
