// The kernel's direct map: where a frame of low memory has its address.
#pragma once

#include "mm/profile.h"

namespace mmscope {

// PAGE_OFFSET, without KASLR.
constexpr u64 direct_map_base(Arch arch) { return arch == Arch::x86_64 ? 0xffff888000000000ULL : 0xc0000000ULL; }

}  // namespace mmscope
