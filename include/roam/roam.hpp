// SPDX-License-Identifier: MIT
#pragma once

// Roam: records, queries and sessions. Backends other than SQLite, heavy value types (JSON, UUID,
// decimal) and native handles have headers of their own.

#include <roam/error.hpp>
#include <roam/mapping/record.hpp>
#include <roam/record/bulk.hpp>
#include <roam/record/find.hpp>
#include <roam/record/find_many.hpp>
#include <roam/record/insert.hpp>
#include <roam/record/raw.hpp>
#include <roam/record/remove.hpp>
#include <roam/record/select.hpp>
#include <roam/record/set.hpp>
#include <roam/record/update.hpp>
#include <roam/record/upsert.hpp>
#include <roam/record/write_batch.hpp>
#include <roam/schema/create.hpp>
#include <roam/session/database.hpp>
#include <roam/session/detached_session.hpp>
#include <roam/session/read_scope.hpp>
#include <roam/session/session.hpp>
#include <roam/session/session_scope.hpp>
#include <roam/session/transaction.hpp>
#include <roam/version.hpp>
