#include "mm/gfp.h"

#include <algorithm>
#include <cassert>
#include <charconv>

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

// Composites in the order in which %pGg tries them. GFP_ATOMIC and GFP_NOWAIT depend on the kernel (bits_of).
constexpr Name kComposites[] = {
    {"GFP_TRANSHUGE", kTranshugeLight | kDirectReclaim},
    {"GFP_TRANSHUGE_LIGHT", kTranshugeLight},
    {"GFP_HIGHUSER_MOVABLE", kHighuserMovable},
    {"GFP_HIGHUSER", kUser | kHighmem},
    {"GFP_USER", kUser},
    {"GFP_KERNEL_ACCOUNT", kKernel | kAccount},
    {"GFP_KERNEL", kKernel},
    {"GFP_NOFS", kReclaim | kIo},
    {"GFP_ATOMIC", kHigh},
    {"GFP_NOIO", kReclaim},
    {"GFP_NOWAIT", 0},
};

// Single flags after them: until 6.12.
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
    {"__GFP_ZEROTAGS", kZerotags},
    {"__GFP_COLD", kCold},
    {"__GFP_NO_GROW", kNoGrow},
};

// Later kernels try these three and then go from the lowest bit to the highest.
constexpr u32 kBeforeBits[] = {kDma, kDma32, kReclaim};

// 2.6: values as in 2.6.32, and the order of its tracepoints. __GFP_NO_GROW is older than that.
struct ClassicFlag {
    std::string_view text;
    u32 value;
    u32 bits;
};
constexpr ClassicFlag kClassicFlags[] = {
    {"GFP_DMA", 0x1, kDma},
    {"__GFP_HIGHMEM", 0x2, kHighmem},
    {"GFP_DMA32", 0x4, kDma32},
    {"__GFP_HIGH", 0x20, kHigh},
    {"__GFP_WAIT", 0x10, kReclaim},  // may sleep
    {"__GFP_IO", 0x40, kIo},
    {"__GFP_FS", 0x80, kFs},
    {"__GFP_COLD", 0x100, kCold},
    {"__GFP_NOWARN", 0x200, kNowarn},
    {"__GFP_REPEAT", 0x400, kRetryMayfail},
    {"__GFP_NOFAIL", 0x800, kNofail},
    {"__GFP_NORETRY", 0x1000, kNoretry},
    {"__GFP_NO_GROW", 0x2000, kNoGrow},
    {"__GFP_COMP", 0x4000, kComp},
    {"__GFP_ZERO", 0x8000, kZero},
    {"__GFP_NOMEMALLOC", 0x10000, kNomemalloc},
    {"__GFP_HARDWALL", 0x20000, kHardwall},
    {"__GFP_THISNODE", 0x40000, kThisnode},
    {"__GFP_RECLAIMABLE", 0x80000, kReclaimable},
    {"__GFP_MOVABLE", 0x8, kMovable},
};
constexpr u32 kMovableOf2624 = 0x100000;
constexpr Name kClassicComposites[] = {
    {"GFP_HIGHUSER_MOVABLE", kHighuserMovable},
    {"GFP_HIGHUSER", kUser | kHighmem},
    {"GFP_USER", kUser},
    {"GFP_TEMPORARY", kKernel | kReclaimable},
    {"GFP_KERNEL", kKernel},
    {"GFP_NOFS", kReclaim | kIo},
    {"GFP_ATOMIC", kHigh},
    {"GFP_NOIO", kReclaim},
};

// Never printed: second names of a flag, names that are no more, flags that these kernels are built without.
constexpr Name kAliases[] = {
    {"__GFP_DMA", kDma},
    {"__GFP_DMA32", kDma32},
    {"__GFP_WAIT", kReclaim},                 // until 4.3: may sleep, wakes kswapd
    {"__GFP_REPEAT", kRetryMayfail},          // until 4.12
    {"GFP_TEMPORARY", kKernel | kReclaimable},
    {"GFP_IOFS", kIo | kFs},
    {"GFP_THISNODE", kThisnode | kNowarn | kNoretry},
    {"GFP_NOFS_PAGECACHE", kReclaim | kIo | kMovable},
    {"GFP_USER_PAGECACHE", kUser | kMovable},
    {"GFP_HIGHUSER_PAGECACHE", kHighuserMovable},
    {"__GFP_SKIP_ZERO", 0},
    {"__GFP_SKIP_KASAN", 0},
    {"__GFP_NOLOCKDEP", 0},
    {"__GFP_NO_OBJ_EXT", 0},
    {"__GFP_NOTRACK", 0},
};

constexpr u32 kNameCount = (sizeof(kComposites) + sizeof(kSingles) + sizeof(kAliases)) / sizeof(Name);

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

std::optional<u32> hex_number(std::string_view text) {
    if (!text.starts_with("0x")) return std::nullopt;
    const char* end = text.data() + text.size();
    u32 number = 0;
    const std::from_chars_result result = std::from_chars(text.data() + 2, end, number, 16);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return number;
}

// What a composite stands for in this kernel.
u32 bits_of(const Name& name, const Profile& profile) {
    const bool is_atomic = name.text == "GFP_ATOMIC";
    if (!is_atomic && name.text != "GFP_NOWAIT") return name.bits;
    u32 bits = name.bits;
    if (profile.has_kswapd_flag) bits |= kKswapdReclaim;
    if (is_atomic && profile.has_gfp_atomic_bit) bits |= kAtomic;
    if (!is_atomic && profile.nowait_is_nowarn) bits |= kNowarn;
    return bits;
}

// The bits that kernels since 5.0 have, at the places where the engine has them.
u32 modern_bits(const Profile& profile) {
    constexpr u32 kAll = (kZerotags << 1) - 1;
    return profile.has_gfp_atomic_bit ? kAll : kAll & ~kAtomic;
}

class MaskText {
public:
    explicit MaskText(u32 bits) : rest_(bits) {}
    void take(std::string_view name, u32 bits) {
        if (bits == 0 || (rest_ & bits) != bits) return;
        add(name);
        rest_ &= ~bits;
    }
    void take_by_bit() {
        for (const u32 first : kBeforeBits) take_single(first);
        for (u32 bit = 1; bit != 0; bit <<= 1) take_single(bit);
    }
    std::string finish(std::string_view nothing) {
        if (rest_ != 0) {
            char digits[8];
            const auto end = std::to_chars(digits, digits + sizeof digits, rest_, 16).ptr;
            add("0x" + std::string(digits, end));
        }
        return text_.empty() ? std::string(nothing) : std::move(text_);
    }

private:
    void take_single(u32 bits) {
        for (const Name& name : kSingles)
            if (name.bits == bits) take(name.text, bits);
    }
    void add(std::string_view name) {
        if (!text_.empty()) text_ += '|';
        text_ += name;
    }

    u32 rest_;
    std::string text_;
};

}  // namespace

std::optional<Gfp> gfp_from_name(std::string_view name, const Profile& profile) {
    for (const Name& known : kComposites)
        if (known.text == name) return Gfp{bits_of(known, profile)};
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
    MaskText text(mask.bits);
    if (profile.gfp_table == Profile::GfpTable::classic) {
        for (const Name& name : kClassicComposites) text.take(name.text, name.bits);
        for (const ClassicFlag& flag : kClassicFlags) text.take(flag.text, flag.bits);
    } else {
        for (const Name& name : kComposites) text.take(name.text, bits_of(name, profile));
    }
    if (profile.gfp_table == Profile::GfpTable::by_bit) text.take_by_bit();
    for (const Name& name : kSingles) text.take(name.text, name.bits);  // in 2.6: flags that came later
    return text.finish(profile.gfp_table == Profile::GfpTable::classic ? "GFP_NOWAIT" : "none");
}

GfpReading gfp_from_text(std::string_view text, const Profile& profile) {
    GfpReading reading;
    if (text == "none") return reading;
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t end = std::min(text.find('|', first), text.size());
        const std::string_view name = text.substr(first, end - first);
        first = end + 1;
        if (const std::optional<u32> number = hex_number(name)) {
            const GfpReading bits = gfp_from_value(*number, profile);
            reading.mask.bits |= bits.mask.bits;
            reading.unknown_bits |= bits.unknown_bits;
        } else if (const std::optional<Gfp> known = gfp_from_name(name, profile)) {
            reading.mask.bits |= known->bits;
        } else if (reading.unknown_name.empty()) {
            reading.unknown_name = name.empty() ? "|" : name;
        }
    }
    return reading;
}

u32 gfp_value(Gfp mask, const Profile& profile) {
    if (profile.gfp_table != Profile::GfpTable::classic) return mask.bits & modern_bits(profile);
    u32 value = 0;
    for (const ClassicFlag& flag : kClassicFlags)
        if (mask.has(flag.bits & ~kKswapdReclaim)) value |= flag.value;
    return value;
}

GfpReading gfp_from_value(u32 value, const Profile& profile) {
    GfpReading reading;
    if (profile.gfp_table != Profile::GfpTable::classic) {
        reading.mask.bits = value & modern_bits(profile);
        reading.unknown_bits = value & ~modern_bits(profile);
        return reading;
    }
    reading.unknown_bits = value;
    const auto read = [&](u32 flag, u32 bits) {
        if ((value & flag) != 0) reading.mask.bits |= bits;
        reading.unknown_bits &= ~flag;
    };
    for (const ClassicFlag& flag : kClassicFlags) read(flag.value, flag.bits);
    read(kMovableOf2624, kMovable);
    return reading;
}

u32 gfp_warnings(Gfp mask, Order order, const Profile& profile) {
    u32 warnings = 0;
    for (u32 at = 0; at < kGfpWarnings; ++at) {
        const GfpRule& rule = kGfpRules[at];
        const bool has_flags = (mask.bits & rule.with) == rule.with && !mask.has(rule.without);
        const bool is_broken = has_flags && order.value > rule.above_order;
        const bool has_rule = profile.version >= rule.first_version && profile.version <= rule.last_version;
        if (is_broken && has_rule) warnings |= 1U << at;
    }
    return warnings;
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
