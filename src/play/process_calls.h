// The calls of processes: fork, exec, exit, their memory, and accesses through the MMU.
//
//   sh = fork(init)                    a process, or -EAGAIN, -ENOMEM
//   as sh { buf = mmap(64K); write(buf) }
//
// Inside `as PROC { }` mmap, munmap and touch are that process's, with the kernel's arguments and answers: an address
// or -errno. fork, exec and exit take a process as their first argument or mean the one of the block. read, write and
// fetch answer the frame that was reached; NULL if a signal ended the process. malloc answers NULL where there is no
// memory. What a script can do only wrongly is an error of the script: a process that has ended, a free of what malloc
// did not give. Nobody handles signals here, so SIGSEGV and SIGBUS end the process.
// oom_score_adj is what a write to the process's file would do: 0, or -EINVAL beyond -1000 to 1000.
#pragma once

#include "play/command.h"
#include "play/evaluation.h"

namespace mmscope {

constexpr bool is_process_call(PageCall call) { return call >= PageCall::fork && call <= PageCall::fetch; }
constexpr bool is_access_call(PageCall call) {
    return call == PageCall::touch || (call >= PageCall::read && call <= PageCall::fetch);
}
// Whether this call, made where the script is, is a process's.
bool is_process_call(const Scene& scene, PageCall call);

// The command of a call on these arguments, or why there is none.
Result<Command, Message> process_command(const Scene& scene, PageCall call, const Value* arguments, u32 count);
void apply_process_call(PageAllocator& memory, const ProcessCall& command, const TlbGeometry& geometry, u32 call,
                        u32 cpu, Trace& trace, CommandResult* result);
// What the call returns once its command was applied as number `command`.
Value process_call_value(PageCall call, const CommandResult& result, u32 command);

// Whether a process lives; init does before it is needed. Empty, or what it ended by.
Message process_fault(const PageAllocator& memory, u32 pid);
// "sigsegv", "exit".
std::string_view signal_name(Signal signal);

}  // namespace mmscope
