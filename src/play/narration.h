// What just happened, as sentences to be: message keys and numbers, one for each event worth telling.
//
// Keys are "event.<trace kind>" and "command.<what>", with a suffix where the sentence is another one (one frame,
// one list, the whole block); the sentences stand in web/locales/*.json. Names that the kernel gave (zones,
// migratetypes, flags, calls) are text parameters and never translated; pfns are hex.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "play/snapshot.h"

namespace mmscope {

// The test of a zone against a mark as a line of arithmetic, its names the kernel's: "NR_FREE_PAGES 4,120 - 15 =
// 4,105 > min 16,634 - 8,317 - 2,079 = 6,238". `boost` is the part of test.mark that a boost has added.
std::string watermark_arithmetic(const WatermarkTest& test, Watermark mark, u32 boost);

// What the command was, right after it was applied: its `call` number and, for an allocation, what it got.
Message narrate_command(const Machine& machine, const Command& command, const CommandResult& result, u32 call);
Message narrate_event(const Machine& machine, const TraceEvent& event);
// Whether an event is about single pages and blocks: a command that moves thousands of them is told without.
bool is_detail(TraceKind kind);
// The parts of the first two that tell of pages which come and go (narration_reclaim.cpp).
Message narrate_reclaim(const PageAllocator& memory, const TraceEvent& event);
Message narrate_memory_command(const PageAllocator& memory, const Command& command, const CommandResult& result);
// Those of swap (narration_swap.cpp).
MMSCOPE_LATER Message narrate_swap(const TraceEvent& event);
MMSCOPE_LATER Message narrate_swap_command(const PageAllocator& memory, const Command& command,
                                           const CommandResult& result);
// Those of shared memory (narration_shmem.cpp); of a command nothing if it is not about any.
MMSCOPE_LATER Message narrate_shmem(const PageAllocator& memory, const TraceEvent& event);
MMSCOPE_LATER std::optional<Message> narrate_shmem_command(const PageAllocator& memory, const Command& command,
                                                           const CommandResult& result);
// Likewise of processes (narration_process.cpp).
Message narrate_process(const PageAllocator& memory, const TraceEvent& event);
Message narrate_process_call(const PageAllocator& memory, const ProcessCall& command, const CommandResult& result);
// The parts that tell of caches and objects (narration_slab.cpp).
MMSCOPE_LATER Message narrate_slab(const Machine& machine, const TraceEvent& event);
MMSCOPE_LATER Message narrate_slab_bug(const Machine& machine, const TraceEvent& event);
MMSCOPE_LATER Message narrate_vmalloc(const Machine& machine, const TraceEvent& event);
MMSCOPE_LATER Message narrate_mapping(const Machine& machine, const KernelMapping& mapping,
                                      const CommandResult& result);
MMSCOPE_LATER Message narrate_slab_command(const Machine& machine, const Command& command, const CommandResult& result);
// "-ENOMEM" of what a call answered; another number as it is.
std::string errno_text(i64 result);
// "DMA32", or "DMA32@1" where there are several nodes.
std::string zone_label(const PageAllocator& memory, const Zone& zone);
// One line that says what the machine is: its summary, also the canvas' label ("summary").
Message summarize(const Snapshot& snapshot);

}  // namespace mmscope
