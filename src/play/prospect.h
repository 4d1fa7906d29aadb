// "Would it succeed?" for people: which requests the table asks about, signs for its cells, and one answer in
// sentences.
//
// The answer itself is would_alloc's (mm/would_alloc.h). A sentence names the zone and says why; the numbers that
// decided stand in it as a line of arithmetic whose names are the kernel's, the same in every language:
//
// A request that may sleep goes on from there to reclaim and compaction; what they bring is found out by trying, on a
// copy of the machine.
//
//     NR_FREE_PAGES 4,120 - 15 = 4,105 > min 16,634 - 8,317 - 2,079 + lowmem_reserve 0 = 6,238
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "mm/would_alloc.h"

namespace mmscope {

// The rows of the table.
inline constexpr const char* kAskedFlags[] = {
    "GFP_KERNEL", "GFP_USER", "GFP_HIGHUSER_MOVABLE", "GFP_ATOMIC", "GFP_NOWAIT", "GFP_DMA|GFP_KERNEL",
    "GFP_DMA32|GFP_KERNEL", "__GFP_RECLAIMABLE|GFP_KERNEL",
};
inline constexpr u32 kAskedRows = sizeof(kAskedFlags) / sizeof(kAskedFlags[0]);

// One of the rows; its flags are names that every kernel knows.
AllocProspect ask_row(const PageAllocator& memory, u32 row, Order order, u32 cpu);
// Flags and order as somebody typed them. An error is why there is no such request.
Result<AllocProspect, Message> ask(const PageAllocator& memory, std::string_view gfp, i64 order, i64 cpu);

// A cell in one character: where the block comes from, or why there is none.
inline constexpr char kSourceSigns[] = "?=o!~*";  // by BlockSource
inline constexpr char kRefillSign = '+';          // of the own type, by way of the CPU's list
inline constexpr char kAnswerSigns[] = "?<|:0";   // by ZoneAnswer
static_assert(sizeof kSourceSigns == kBlockSources + 1 && sizeof kAnswerSigns == kZoneAnswers + 1);
char sign_of(const AllocProspect& prospect);
// "", "m" (min, by the slow path) or "x" (no mark counts): how far down it is served.
const char* mark_sign(const AllocProspect& prospect);
// Why nobody gives, in one word for the whole chain: what the last zones asked had in common, at best a lack of blocks.
ZoneAnswer reason_of(const AllocProspect& prospect);
// "D", "D32", "N", "H", "M", with the node where there are several.
std::string short_zone(const PageAllocator& memory, const Zone& zone);

// A cell as text: "D32+", "N!m"; "-<" fails, "w<" has to wait: it goes on to reclaim and compaction.
std::string cell_text(const PageAllocator& memory, const AllocProspect& prospect);

// The arithmetic of one test.
std::string arithmetic(const ZoneVerdict& verdict);
// The answer first, then the chain.
std::vector<Message> narrate_prospect(const PageAllocator& memory, const AllocProspect& prospect);

}  // namespace mmscope
