// Excerpts of what real kernels print, small enough to read (6.12 of a machine with 1 GiB, shortened counters).
#pragma once

#include <string>

namespace mmscope::test {

inline const std::string kBuddyInfo =
    "Node 0, zone      DMA      0      0      0      0      0      1      1      1      0      1      3 \n"
    "Node 0, zone    DMA32      2      3      1      1      1      1      1      1      1      1    229 \n";

inline const std::string kZoneInfo =
    "Node 0, zone      DMA\n"
    "  per-node stats\n"
    "      nr_active_anon 545\n"
    "      nr_mapped    417\n"
    "  pages free     3808\n"
    "        boost    0\n"
    "        min      176\n"
    "        low      220\n"
    "        high     264\n"
    "        promo    308\n"
    "        spanned  4095\n"
    "        present  3998\n"
    "        managed  3840\n"
    "        cma      0\n"
    "        protection: (0, 942, 942, 942, 942)\n"
    "      nr_free_pages 3808\n"
    "      numa_hit     1\n"
    "  pagesets\n"
    "    cpu: 0\n"
    "              count: 0\n"
    "              high:  0\n"
    "              batch: 1\n"
    "  vm stats threshold: 2\n"
    "  node_unreclaimable:  0\n"
    "  start_pfn:           1\n"
    "Node 0, zone    DMA32\n"
    "  pages free     235524\n"
    "        boost    0\n"
    "        min      11087\n"
    "        low      13858\n"
    "        high     16629\n"
    "        promo    19400\n"
    "        spanned  258013\n"
    "        present  258013\n"
    "        managed  243297\n"
    "        cma      0\n"
    "        protection: (0, 0, 0, 0, 0)\n"
    "      nr_free_pages 235524\n"
    "      numa_hit     4577\n"
    "  pagesets\n"
    "    cpu: 0\n"
    "              count: 2838\n"
    "              high:  15213\n"
    "              batch: 63\n"
    "  vm stats threshold: 8\n"
    "  node_unreclaimable:  0\n"
    "  start_pfn:           4096\n"
    "Node 0, zone   Normal\n"
    "  pages free     0\n"
    "        boost    0\n"
    "        min      0\n"
    "        low      0\n"
    "        high     0\n"
    "        promo    0\n"
    "        spanned  0\n"
    "        present  0\n"
    "        managed  0\n"
    "        cma      0\n"
    "        protection: (0, 0, 0, 0, 0)\n"
    "Node 0, zone  Movable\n"
    "  pages free     0\n"
    "        boost    0\n"
    "        min      32\n"
    "        low      32\n"
    "        high     32\n"
    "        promo    32\n"
    "        spanned  0\n"
    "        present  0\n"
    "        managed  0\n"
    "        cma      0\n"
    "        protection: (0, 0, 0, 0, 0)\n"
    "Node 0, zone   Device\n"
    "  pages free     0\n"
    "        boost    0\n"
    "        min      0\n"
    "        low      0\n"
    "        high     0\n"
    "        promo    0\n"
    "        spanned  0\n"
    "        present  0\n"
    "        managed  0\n"
    "        cma      0\n"
    "        protection: (0, 0, 0, 0, 0)\n";

inline const std::string kPageTypeInfo =
    "Page block order: 9\n"
    "Pages per block:  512\n"
    "\n"
    "Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10 \n"
    "Node    0, zone      DMA, type    Unmovable      0      0      0      0      0      1      1      1      0      0      0 \n"
    "Node    0, zone      DMA, type      Movable      0      0      0      0      0      0      0      0      0      1      3 \n"
    "Node    0, zone      DMA, type  Reclaimable      0      0      0      0      0      0      0      0      0      0      0 \n"
    "Node    0, zone      DMA, type   HighAtomic      0      0      0      0      0      0      0      0      0      0      0 \n"
    "Node    0, zone      DMA, type      Isolate      0      0      0      0      0      0      0      0      0      0      0 \n"
    "Node    0, zone    DMA32, type    Unmovable      1      1      1      1      0      0      0      1      0      1      0 \n"
    "Node    0, zone    DMA32, type      Movable      0      1      0      0      0      1      0      0      0      0    229 \n"
    "Node    0, zone    DMA32, type  Reclaimable      1      1      0      0      1      0      1      0      1      0      0 \n"
    "Node    0, zone    DMA32, type   HighAtomic      0      0      0      0      0      0      0      0      0      0      0 \n"
    "Node    0, zone    DMA32, type      Isolate      0      0      0      0      0      0      0      0      0      0      0 \n"
    "\n"
    "Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate \n"
    "Node 0, zone      DMA            1            7            0            0            0 \n"
    "Node 0, zone    DMA32           41          461            2            0            0 \n";

// `text` with the first `from` replaced by `to`.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

inline std::string up_to(const std::string& text, const std::string& end) { return text.substr(0, text.find(end) + end.size()); }

}  // namespace mmscope::test
