// The calls that make pages which can be taken away again, and that take them away: open, shm_open, shm_unlink, unlink,
// ftruncate, mmap, munmap, touch, pwrite, sync, drop_caches, compact_memory, swapon, swapoff.
//
// open(pages) gives a file, mmap(bytes) an area of anonymous memory; neither has a page in memory before it is touched.
// shm_open("/frame", bytes) gives a file that is in memory alone, by that name in /dev/shm; open("/tmp/x", pages) the
// same by a path. Without a size the file has to be there: -ENOENT. shm_unlink and unlink take the name, ftruncate changes
// the size, and a full tmpfs is -ENOSPC for pwrite.
// touch(addr or file[, bytes[, offset]]) uses each page once, in order, and answers how many it brought in, or -ENOMEM
// (-12) where memory ran out; pwrite(file, bytes[, offset]) writes to the pages that the bytes lie in, and sync() brings
// what is dirty to the disk and answers how many pages that were. They belong to the script's own process, which the OOM killer may end: then its
// anonymous memory is gone. swapon(bytes[, priority]) answers the number of the new area, which swapoff(area) takes, or
// -errno as the kernel would. Left out, for the rooms of processes: files mapped into memory, protection, parts of
// areas.
#pragma once

#include "play/command.h"
#include "play/evaluation.h"

namespace mmscope {

inline constexpr i64 kEnomem = 12;

constexpr bool is_memory_call(PageCall call) { return call >= PageCall::open && call <= PageCall::swapoff; }

// The command of a call on these arguments, or why there is none.
MMSCOPE_LATER Result<Command, Message> memory_command(const Scene& scene, PageCall call, const Value* arguments, u32 count);
// What the call returns once its command was applied as number `command`.
MMSCOPE_LATER Value memory_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command);

// Why nothing can be done with a file any more: it was unlinked, and nobody maps it. Empty if it is there.
MMSCOPE_LATER Message file_fault(const MappingTable& table, u32 file);

// PROT_* and MAP_* by name, as numbers; nothing for another word.
std::optional<i64> mmap_constant(std::string_view name);

}  // namespace mmscope
