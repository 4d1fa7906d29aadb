// The place of an object in a cache with slab_debug, part by part.
#include <gtest/gtest.h>

#include "mm/kmalloc.h"
#include "mm/slab.h"

namespace mmscope {
namespace {

using Kind = PlacePart::Kind;

struct Parts : ::testing::Test {
    CacheId create(u32 size, u32 flags, bool has_ctor = false) {
        CacheSpec spec;
        spec.object_size = size;
        spec.flags = flags;
        spec.has_ctor = has_ctor;
        return slab.create("thing" + std::to_string(slab.caches().size()), spec);
    }
    ObjectAddress alloc(CacheId cache) { return slab.alloc(cache, {gfp::kKernel}, caller); }
    // "left 64 cc | object 100 | right 4 cc | ..."; an exclamation mark and a count where somebody wrote.
    std::string parts_of(ObjectAddress object) { return text(slab.parts(slab.locate(object))); }
    static std::string text(const std::vector<PlacePart>& parts) {
        constexpr const char* kNames[] = {"left", "object", "right", "pointer", "tracks", "padding"};
        std::string out;
        u32 from = 0;
        for (const PlacePart& part : parts) {
            EXPECT_EQ(part.from, from) << "no gap between two parts";
            from = part.to;
            out += (out.empty() ? "" : " | ") + std::string(kNames[static_cast<u32>(part.kind)]) + " " +
                   std::to_string(part.bytes());
            if (part.filler != 0) out += std::string(" ") + "0123456789abcdef"[part.filler >> 4] + "0123456789abcdef"[part.filler & 15];
            if (part.overwritten != 0) out += " !" + std::to_string(part.overwritten);
        }
        return out;
    }

    PageAllocator memory{Arch::x86_64, profile_6_12(), 65536, 1, 2};
    SlabAllocator slab{memory, FreelistOrder::plain, 1};
    Trace nobody;
    SlabCaller caller{memory, nobody, 1, 0};
};

TEST_F(Parts, have_red_zones_of_cc_round_an_object_in_use_and_of_bb_round_a_free_one) {
    const CacheId cache = create(100, slab_flag::kDebug);
    const ObjectAddress object = alloc(cache);
    const CacheLayout& layout = slab.cache(cache).layout;
    const std::string pad = std::to_string(layout.red_left_pad), tracks = std::to_string(layout.track_bytes);
    const u32 rest = layout.size - layout.red_left_pad - layout.inuse - 8 - layout.track_bytes;
    const std::string behind = " | pointer 8 | tracks " + tracks + " | padding " + std::to_string(rest) + " 5a";
    EXPECT_EQ(parts_of(object), "left " + pad + " cc | object 100 | right 4 cc" + behind);
    slab.free(object, caller);
    EXPECT_EQ(parts_of(object), "left " + pad + " bb | object 100 6b | right 4 bb" + behind);
    EXPECT_EQ(text(slab.parts(cache)), parts_of(object)) << "of the cache: a free one";
}

TEST_F(Parts, have_the_bytes_that_somebody_wrote_where_nobody_may) {
    const CacheId cache = create(100, slab_flag::kPoison | slab_flag::kRedZone);
    const ObjectAddress object = alloc(cache);
    slab.write(object, {object.value + 102}, 0x41);
    EXPECT_NE(parts_of(object).find("object 100 | right 4 cc !2 |"), std::string::npos) << parts_of(object);
    const ObjectAddress other = alloc(cache);
    slab.free(other, caller);
    slab.write({other.value + 10}, {other.value + 13}, 0x41);
    slab.write({other.value + 50}, {other.value + 51}, 0x6b);
    EXPECT_NE(parts_of(other).find("object 100 6b !3 |"), std::string::npos) << "6b over 6b changes nothing";
}

TEST_F(Parts, of_kmalloc_have_red_zone_from_where_the_request_ends) {
    slab.set_debug(slab_flag::kDebug);
    Kmalloc kmalloc(slab, memory);
    const ObjectAddress object = kmalloc.alloc(slab, 100, {gfp::kKernel}, caller);
    EXPECT_NE(parts_of(object).find(" | object 100 | right 36 cc | "), std::string::npos) << parts_of(object);
}

TEST_F(Parts, without_poison_or_red_zones_are_as_the_flags_say) {
    const ObjectAddress plain = alloc(create(100, slab_flag::kNoMerge));
    EXPECT_EQ(parts_of(plain), "object 100 | padding 4");
    const ObjectAddress poisoned = alloc(create(100, slab_flag::kPoison));
    EXPECT_EQ(parts_of(poisoned), "object 100 | padding 4 5a | pointer 8");
    const CacheId constructed = create(104, slab_flag::kPoison, true);
    EXPECT_FALSE(SlabDebug::is_poisoned(slab.cache(constructed))) << "what a constructor made is kept";
    EXPECT_EQ(text(slab.parts(constructed)), "object 104 | pointer 8");
}

}  // namespace
}  // namespace mmscope
