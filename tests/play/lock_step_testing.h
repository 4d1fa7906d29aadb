// What the tests of captures in lock step share: a dump of one zone's lists, and a line of a trace.
#pragma once

#include <string>

namespace mmscope::testing {

// Zone DMA of two CPUs' machine, with these lists.
inline std::string dump(const std::string& lists) {
    return "FREELISTS now\n"
           "ZONE n0 DMA start_pfn=1 spanned=4095 present=3998 managed=3840 wmark=2,4,6 boost=0 nr_free_highatomic_reserved=0 flags=0 "
           "lowmem_reserve=0,0,0,0,0\n" +
           lists + "PCPSET n0 DMA cpu0 count=0 high=12 batch=1\nPCPSET n0 DMA cpu1 count=0 high=12 batch=1\n" +
           "END\nPAGEBLOCKS n0 DMA start=1 pageblock_order=9:UMUMUMMM\n";
}

inline std::string line(const std::string& event) { return "            init-1       [000] d..3.     9.832603: " + event + "\n"; }

}  // namespace mmscope::testing
