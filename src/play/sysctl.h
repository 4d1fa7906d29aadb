// The vm sysctls of the script language: their names, their bounds, and their change.
//
// Names are those of /proc/sys/vm, bounds the kernel's (kernel/sysctl.c, mm/page_alloc.c): min_free_kbytes and
// watermark_boost_factor are not negative, watermark_scale_factor is 1 to 3000 (units of 0.01 % of a zone),
// percpu_pagelist_high_fraction is 0 or at least 8, lowmem_reserve_ratio is one number for each zone of a node
// ("256 256 32 0 0"), and 0 means no protection; overcommit_memory and panic_on_oom are 0, 1 or 2; dirty_ratio and dirty_background_ratio are
// percent; swappiness is 0 to 200, before 5.8 to 100;
// nr_hugepages is how many huge pages the pool is to have;
// transparent_hugepage, which is a file of /sys and a parameter of the kernel, is "always", "madvise" or "never". The kernel takes a shorter list too and keeps the rest; here it is
// whole.
#pragma once

#include <optional>
#include <string_view>

#include "base/message.h"
#include "mm/profile.h"
#include "mm/zone.h"

namespace mmscope {

inline constexpr const char* kSysctlNames[kSysctlCount] = {"min_free_kbytes", "watermark_scale_factor",
                                                           "lowmem_reserve_ratio", "percpu_pagelist_high_fraction",
                                                           "watermark_boost_factor", "overcommit_memory",
                                                           "overcommit_ratio", "dirty_background_ratio", "dirty_ratio",
                                                           "dirty_writeback_centisecs", "dirty_expire_centisecs",
                                                           "swappiness",             "panic_on_oom",
                                                           "nr_hugepages",           "transparent_hugepage"};
inline constexpr u32 kProcSysctlCount = kSysctlCount - 1;  // those of /proc/sys/vm
inline constexpr std::string_view kThpFile = "/sys/kernel/mm/transparent_hugepage/enabled";

// The number that the sysctl is; null for the list, lowmem_reserve_ratio, and for transparent_hugepage, a word.
u32 VmSysctl::* sysctl_number(SysctlName name);
// Whether a number is one that the sysctl takes; the message says what it takes instead.
Message check_sysctl(SysctlName name, i64 value, const Profile& profile = profile_6_12());

// "always", "madvise" or "never"; nothing for anything else.
std::optional<ThpEnabled> read_thp_enabled(std::string_view text);
// "always [madvise] never", as kThpFile has it.
std::string thp_enabled_text(ThpEnabled enabled);

using LowmemReserveRatio = std::array<u32, kMaxZonesPerNode>;
// One number for each zone type of `arch`; nothing if the text is anything else.
std::optional<LowmemReserveRatio> read_lowmem_reserve_ratio(std::string_view text, Arch arch);
// "256 256 32 0 0"
std::string lowmem_reserve_ratio_text(const LowmemReserveRatio& ratio, Arch arch);

}  // namespace mmscope
