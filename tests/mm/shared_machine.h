// A machine with processes and files in tmpfs for tests; calls are followed by check().
#pragma once

#include "mm/shmem.h"
#include "mm/swap.h"
#include "mm/vmscan.h"
#include "process_machine.h"

namespace mmscope::test {

inline const std::string kPath = "/dev/shm/frame";

struct SharedMachine : ProcessMachine {
    using ProcessMachine::ProcessMachine;
    Shmem shmem() { return Shmem(memory, cpu, ++call, trace); }
    u32 open(u32 pages, const std::string& path = kPath) {
        const u32 file = static_cast<u32>(shmem().open(path, pages).mapping);
        EXPECT_EQ(memory.check(), "");
        return file;
    }
    TouchResult pwrite(u32 file, u32 first, u32 pages) {
        trace.begin();
        const TouchResult result = shmem().write(file, first, pages);
        EXPECT_EQ(memory.check(), "");
        return result;
    }
    TouchResult pread(u32 file, u32 first, u32 pages) {
        trace.begin();
        const TouchResult result = shmem().read(file, first, pages);
        EXPECT_EQ(memory.check(), "");
        return result;
    }
    i64 unlink(const std::string& path = kPath) {
        trace.begin();
        const i64 result = shmem().unlink(path);
        EXPECT_EQ(memory.check(), "");
        return result;
    }
    void truncate(u32 file, u32 pages) {
        shmem().truncate(file, pages);
        EXPECT_EQ(memory.check(), "");
    }
    u64 map_shared(u32 pid, u32 file, u64 bytes) {
        return map_file(pid, file, bytes, kRead | kWrite, map_flag::kShared);
    }
    // What a reclaimer without mercy does: every page of the lists of anonymous memory is looked at twice.
    void swap_out() {
        for (u32 round = 0; round < 3; ++round) {
            AllocRequest request;
            request.gfp = {gfp::kKernel};
            request.highest_index = static_cast<u32>(memory.zones().size()) - 1;
            while (Reclaim(memory, cpu, trace).try_to_free_pages(request) > 1) {
            }
        }
        EXPECT_EQ(memory.check(), "");
    }
    const Mapping& mapping(u32 file) const { return memory.mapping_table().mappings[file]; }
    u64 state(VmCounter counter) const { return memory.vmstat(counter); }
};

}  // namespace mmscope::test
