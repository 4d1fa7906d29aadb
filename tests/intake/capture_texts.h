// Small captures that the tests of this folder change one thing of.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mmscope::test {

inline constexpr std::string_view kDump =
    "FREELISTS before\n"
    "ZONE n0 DMA start_pfn=1 spanned=4095 present=3998 managed=3840 wmark=22,27,32 boost=0 nr_free_highatomic_reserved=0 flags=0 "
    "lowmem_reserve=0,440,440,440\n"
    "FL n0 DMA o0 t0: 289 17\n"
    "FL n0 DMA o10 t1: 1024 3072\n"
    "PCPSET n0 DMA cpu0 count=4 high=13 batch=1\n"
    "PCP n0 DMA cpu0 list0: 300 301\n"
    "PCP n0 DMA cpu0 list4: 304\n"
    "ZONE n0 DMA32 start_pfn=4096 spanned=5000 present=5000 managed=4000 wmark=6,7,8 boost=512 nr_free_highatomic_reserved=0 flags=0 "
    "lowmem_reserve=0,0,0,0\n"
    "FL n0 DMA32 o3 t2: 4104\n"
    "PCPSET n0 DMA32 cpu0 count=0 high=407 batch=31\n"
    "END\n"
    "PAGEBLOCKS n0 DMA start=1 pageblock_order=9:UMMMMMRH\n"
    "PAGEBLOCKS n0 DMA32 start=4096 pageblock_order=9:UUUUUUUUMM\n";

inline constexpr std::string_view kStates =
    "  s n0 DMA free=2050 nr=2,0,0,0,0,0,0,0,0,0,2 pcp=4 high=13 batch=1 free_factor=3\n"
    "  s n0 DMA32 free=8 nr=0,0,0,1,0,0,0,0,0,0,0 pcp=0 high=407 batch=31 free_factor=0\n";

inline constexpr std::string_view kCalls =
    "A 0 GFP_KERNEL|__GFP_RECLAIMABLE order=3 pfn=4104 zone=DMA32 node=0 mt=2\n"
    "A 1 GFP_ATOMIC order=0 pfn=300 zone=DMA node=0 mt=0\n";

// `text` with its first `old_part` replaced.
inline std::string changed(std::string_view text, std::string_view old_part, std::string_view new_part) {
    std::string result(text);
    const std::size_t at = result.find(old_part);
    EXPECT_NE(at, std::string::npos) << "no '" << old_part << "' in the text";
    return at == std::string::npos ? result : result.replace(at, old_part.size(), new_part);
}

}  // namespace mmscope::test
