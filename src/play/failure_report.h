// "page allocation failure" of a simulated machine, its OOM killer's reports (play/oom_report_of.h), and what its slab
// caches and vmalloc found wrong: what its kernel would have logged about the last command.
//
// The report of a failure is filled from the machine as the command left it, and printed in the form of the machine's
// kernel (2.6, 6.1, 6.12, 7.2). The caller is the task "script", pid 1. As in the kernel nothing is logged for
// __GFP_NOWARN, nor for GFP_DMA on a machine whose DMA zone has no pages. Bugs and warnings taint the kernel for all that
// comes after them (procfs/kernel_warning.h). Left out: that the kernel writes at most one report in ten seconds; of its
// warnings those about a request's flags. (warn_alloc, show_mem)
#pragma once

#include <optional>
#include <string>

#include "mm/trace.h"
#include "procfs/alloc_failure_report.h"

namespace mmscope {

class Machine;
class Session;

// `trace` has the events of the last command, `cpu` is where it ran. Nothing if its kernel logged nothing.
std::optional<AllocFailureReport> failure_report_of(const Machine& machine, const Trace& trace, u32 cpu);

// What the kernel logged about a session's last command, '' if nothing: whom the OOM killer chose, the failed request,
// what slab_debug found (procfs/slab_report.h); and whether that is anything, which the page's engine asks, so that the
// printing need not be part of it.
std::string kernel_log(const Session& session);
bool has_kernel_log(const Session& session);

// What the kernel logged from the first command on (dmesg): as much of the end of it as its ring buffer holds.
class KernelRing {
public:
    static constexpr std::size_t kBytes = std::size_t{1} << 18;  // CONFIG_LOG_BUF_SHIFT=18

    // Listens to a session, which must stay where it is; its script is played once, forward.
    void listen_to(Session& session);
    std::string text() const;
    void clear() { text_.clear(); }

private:
    std::string text_;
};

}  // namespace mmscope
