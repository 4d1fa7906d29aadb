// Which counters the lines of a Mem-Info block have, kernel by kernel, all of them zero: lines to fill for a machine.
//
// `version` is major * 256 + minor, as in 0x060c. What a kernel between two of the captured ones (5.10, 6.1, 6.12, 7.2)
// prints is taken to be what the older of the two did. 2.6's lines are those of 2.6.32, from its published source.
#pragma once

#include "procfs/mem_info.h"

namespace mmscope {

std::vector<MemInfo::Counters> blank_totals(u16 version);
MemInfo::Node blank_node(u16 version);
MemInfo::Zone blank_zone(u16 version);

// What else differs: since when zones above the request's are left out, and letters stand behind the blocks.
constexpr bool shows_only_usable_zones(u16 version) { return version >= 0x0601; }
constexpr bool has_node_lines(u16 version) { return version >= 0x0408; }
constexpr bool has_type_letters(u16 version) { return version >= 0x0309; }
constexpr bool has_swap_cache_line(u16 version) { return version < 0x0601; }
constexpr bool has_uid_in_cpu_line(u16 version) { return version >= 0x060c; }
constexpr bool has_preemption_in_cpu_line(u16 version) { return version >= 0x0702; }

}  // namespace mmscope
