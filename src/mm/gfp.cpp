#include "mm/gfp.h"

#include <cassert>

namespace mmscope {

namespace {

using namespace gfp;

struct Name {
    std::string_view text;
    u32 bits;
};

constexpr u32 kUser = kKernel | kHardwall;
constexpr u32 kHighuserMovable = kUser | kHighmem | kMovable;
constexpr u32 kTranshugeLight = (kHighuserMovable | kComp | kNomemalloc | kNowarn) & ~kReclaim;

// Composites, then single flags, in the order in which %pGg of 6.1 and 6.12 tries them; then what is never printed:
// second names of a flag and those of the 2.6 era. GFP_ATOMIC and GFP_NOWAIT depend on the kernel (below).
constexpr Name kComposites[] = {
    {"GFP_TRANSHUGE", kTranshugeLight | kDirectReclaim},
    {"GFP_TRANSHUGE_LIGHT", kTranshugeLight},
    {"GFP_HIGHUSER_MOVABLE", kHighuserMovable},
    {"GFP_HIGHUSER", kUser | kHighmem},
    {"GFP_USER", kUser},
    {"GFP_KERNEL_ACCOUNT", kKernel | kAccount},
    {"GFP_KERNEL", kKernel},
    {"GFP_NOFS", kReclaim | kIo},
    {"GFP_ATOMIC", kHigh | kKswapdReclaim},
    {"GFP_NOIO", kReclaim},
    {"GFP_NOWAIT", kKswapdReclaim},
};

constexpr Name kSingles[] = {
    {"GFP_DMA", kDma},
    {"__GFP_HIGHMEM", kHighmem},
    {"GFP_DMA32", kDma32},
    {"__GFP_HIGH", kHigh},
    {"__GFP_ATOMIC", kAtomic},
    {"__GFP_IO", kIo},
    {"__GFP_FS", kFs},
    {"__GFP_NOWARN", kNowarn},
    {"__GFP_RETRY_MAYFAIL", kRetryMayfail},
    {"__GFP_NOFAIL", kNofail},
    {"__GFP_NORETRY", kNoretry},
    {"__GFP_COMP", kComp},
    {"__GFP_ZERO", kZero},
    {"__GFP_NOMEMALLOC", kNomemalloc},
    {"__GFP_MEMALLOC", kMemalloc},
    {"__GFP_HARDWALL", kHardwall},
    {"__GFP_THISNODE", kThisnode},
    {"__GFP_RECLAIMABLE", kReclaimable},
    {"__GFP_MOVABLE", kMovable},
    {"__GFP_ACCOUNT", kAccount},
    {"__GFP_WRITE", kWrite},
    {"__GFP_RECLAIM", kReclaim},
    {"__GFP_DIRECT_RECLAIM", kDirectReclaim},
    {"__GFP_KSWAPD_RECLAIM", kKswapdReclaim},
    {"__GFP_COLD", kCold},
    {"__GFP_NO_GROW", kNoGrow},
};

constexpr Name kAliases[] = {
    {"__GFP_DMA", kDma},
    {"__GFP_DMA32", kDma32},
    {"__GFP_WAIT", kReclaim},                 // until 4.3: may sleep, wakes kswapd
    {"__GFP_REPEAT", kRetryMayfail},          // until 4.12
    {"GFP_TEMPORARY", kKernel | kReclaimable},
    {"GFP_NOFS_PAGECACHE", kReclaim | kIo | kMovable},
    {"GFP_USER_PAGECACHE", kUser | kMovable},
    {"GFP_HIGHUSER_PAGECACHE", kHighuserMovable},
};

constexpr u32 kNameCount = sizeof(kComposites) / sizeof(Name) + sizeof(kSingles) / sizeof(Name) + sizeof(kAliases) / sizeof(Name);

struct NameList {
    std::string_view names[kNameCount];
};

constexpr NameList all_names() {
    NameList list;
    u32 at = 0;
    for (const Name& name : kComposites) list.names[at++] = name.text;
    for (const Name& name : kSingles) list.names[at++] = name.text;
    for (const Name& name : kAliases) list.names[at++] = name.text;
    return list;
}

constexpr NameList kNames = all_names();

// What GFP_ATOMIC and GFP_NOWAIT add in this kernel.
u32 kernel_bits(std::string_view name, const Profile& profile) {
    if (name == "GFP_ATOMIC" && profile.has_gfp_atomic_bit) return kAtomic;
    if (name == "GFP_NOWAIT" && profile.nowait_is_nowarn) return kNowarn;
    return 0;
}

}  // namespace

std::optional<Gfp> gfp_from_name(std::string_view name, const Profile& profile) {
    for (const Name& known : kComposites)
        if (known.text == name) return Gfp{known.bits | kernel_bits(name, profile)};
    for (const Name& known : kSingles)
        if (known.text == name) return Gfp{known.bits};
    for (const Name& known : kAliases)
        if (known.text == name) return Gfp{known.bits};
    return std::nullopt;
}

const std::string_view* gfp_names(u32* count) {
    *count = kNameCount;
    return kNames.names;
}

std::string gfp_to_text(Gfp mask, const Profile& profile) {
    std::string text;
    u32 rest = mask.bits;
    const auto take = [&](std::string_view name, u32 bits) {
        if (bits == 0 || (rest & bits) != bits) return;
        if (!text.empty()) text += '|';
        text += name;
        rest &= ~bits;
    };
    for (const Name& name : kComposites) take(name.text, name.bits | kernel_bits(name.text, profile));
    for (const Name& name : kSingles) take(name.text, name.bits);
    return text.empty() ? "0" : text;
}

GfpFault gfp_fault(Gfp mask) {
    const int zones = mask.has(kDma) + mask.has(kDma32) + mask.has(kHighmem);
    if (zones > 1) return GfpFault::two_zones;
    if (mask.has(kMovable) && mask.has(kReclaimable)) return GfpFault::movable_and_reclaimable;
    return GfpFault::none;
}

ZoneType gfp_zone(Gfp mask, Arch arch) {
    assert(gfp_fault(mask) != GfpFault::two_zones);
    if (mask.has(kDma)) return ZoneType::dma;
    if (mask.has(kDma32)) return arch == Arch::x86_64 ? ZoneType::dma32 : ZoneType::normal;
    if (mask.has(kHighmem) && mask.has(kMovable)) return ZoneType::movable;
    if (mask.has(kHighmem) && arch != Arch::x86_64) return ZoneType::highmem;
    return ZoneType::normal;
}

}  // namespace mmscope
