// SPDX-License-Identifier: MIT
#pragma once

#include <sqlite3.h>

#include <atomic>

namespace roam::test {

/// SQLite's default file system while it lives, with a disk that fails on demand: each file is the
/// default one's, and its syncs can be made to say that they failed.
class failing_disk {
public:
    failing_disk() {
        instance() = this;
        real_ = sqlite3_vfs_find(nullptr);
        mine_ = *real_;
        mine_.zName = "failing";
        mine_.szOsFile += static_cast<int>(sizeof(file));
        mine_.xOpen = &open;
        sqlite3_vfs_register(&mine_, 1);
    }
    ~failing_disk() {
        sqlite3_vfs_unregister(&mine_);
        sqlite3_vfs_register(real_, 1);
        instance() = nullptr;
    }
    failing_disk(failing_disk const&) = delete;
    failing_disk& operator=(failing_disk const&) = delete;

    /// How many of the next syncs fail.
    std::atomic<int> failures = 0;

private:
    /// In front of the real file, with the same methods but for the sync.
    struct file {
        sqlite3_file base;
        sqlite3_io_methods methods;
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static failing_disk*& instance() {
        static failing_disk* one = nullptr;
        return one;
    }
    static file& of(sqlite3_file* f) { return *reinterpret_cast<file*>(f); }
    /// Passes a call on to the real file.
    template <auto Method>
    struct passed;
    template <class Result, class... Arguments,
              Result (*sqlite3_io_methods::*Method)(sqlite3_file*, Arguments...)>
    struct passed<Method> {
        static Result on(sqlite3_file* f, Arguments... arguments) {
            sqlite3_file* const real = of(f).real();
            return (real->pMethods->*Method)(real, arguments...);
        }
    };
    template <auto... Methods>
    static void pass_on(sqlite3_io_methods& of_file) {
        ((of_file.*Methods = of_file.*Methods ? &passed<Methods>::on : nullptr), ...);
    }

    static int sync(sqlite3_file* f, int flags) {
        if (instance()->failures.load() > 0 && instance()->failures.fetch_sub(1) > 0)
            return SQLITE_IOERR_FSYNC;
        return passed<&sqlite3_io_methods::xSync>::on(f, flags);
    }

    static int open(sqlite3_vfs*, char const* name, sqlite3_file* f, int flags, int* out) {
        file& mine = of(f);
        sqlite3_vfs* const real = instance()->real_;
        mine.base.pMethods = nullptr;
        int const code = real->xOpen(real, name, mine.real(), flags, out);
        if (mine.real()->pMethods == nullptr)
            return code;
        using m = sqlite3_io_methods;
        mine.methods = *mine.real()->pMethods;
        pass_on<&m::xClose, &m::xRead, &m::xWrite, &m::xTruncate, &m::xFileSize, &m::xLock,
                &m::xUnlock, &m::xCheckReservedLock, &m::xFileControl, &m::xSectorSize,
                &m::xDeviceCharacteristics, &m::xShmMap, &m::xShmLock, &m::xShmBarrier,
                &m::xShmUnmap, &m::xFetch, &m::xUnfetch>(mine.methods);
        mine.methods.xSync = &sync;
        mine.base.pMethods = &mine.methods;
        return code;
    }

    sqlite3_vfs* real_ = nullptr;
    sqlite3_vfs mine_{};
};

}  // namespace roam::test
