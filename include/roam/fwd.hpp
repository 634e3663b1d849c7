// SPDX-License-Identifier: MIT
#pragma once

// Declarations for headers that only pass these along.

namespace roam {

class database;
class limit;
class read_scope;
class session;
class session_scope;
class transaction;
class target;
class error;

}  // namespace roam
