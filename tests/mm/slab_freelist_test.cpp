// What a free object holds for the next one, plain and hardened.
#include "mm/slab_freelist.h"

#include <gtest/gtest.h>

#include <vector>

#include "mm/slab.h"

namespace mmscope {
namespace {

using FreeTo = SlabAllocator::FreeTo;

struct Shop {
    Shop(const Profile& profile, FreelistPointers pointers, u64 seed = 1, Arch of = Arch::x86_64)
        : arch(of), memory(of, profile, 65536, 1, 2), slab(memory, FreelistOrder::plain, seed, pointers) {}
    ~Shop() { EXPECT_EQ(slab.check(memory), ""); }
    CacheId create(const char* name, u32 size, u32 flags = 0, bool has_ctor = false) {
        CacheSpec spec;
        spec.object_size = size;
        spec.flags = flags;
        spec.has_ctor = has_ctor;
        return slab.create(name, spec);
    }
    ObjectAddress alloc(CacheId cache, u32 cpu = 0) {
        SlabCaller caller{memory, trace, 1, cpu};
        return slab.alloc(cache, {gfp::kKernel}, caller);
    }
    void free(ObjectAddress object, u32 cpu = 0) {
        SlabCaller caller{memory, trace, 2, cpu};
        slab.free(object, caller);
    }
    u64 word(ObjectAddress object) const {
        const std::optional<u64> stored = slab.stored_freepointer(slab.locate(object));
        EXPECT_TRUE(stored.has_value());
        return stored.value_or(0);
    }
    FreeTo free_to(ObjectAddress object, u32 cpu) const { return slab.free_to(slab.locate(object), cpu, memory); }
    u64 shown(u64 physical) const { return direct_map_base(arch) + physical; }

    Arch arch;
    PageAllocator memory;
    SlabAllocator slab;
    Trace trace;
};

TEST(FreePointer, is_the_address_of_the_next_free_object_and_null_at_the_end) {
    for (const Arch arch : {Arch::x86_64, Arch::x86_32}) {
        Shop shop(profile_6_12(), FreelistPointers::plain, 1, arch);
        const CacheId cache = shop.create("thing", 256);
        std::vector<ObjectAddress> objects;
        for (u32 at = 0; at < shop.slab.cache(cache).layout.objects; ++at) objects.push_back(shop.alloc(cache));
        EXPECT_FALSE(shop.slab.stored_freepointer(shop.slab.locate(objects[3]))) << "it is somebody's";
        shop.free(objects[3]);
        EXPECT_EQ(shop.word(objects[3]), 0U);
        shop.free(objects[7]);
        EXPECT_EQ(shop.word(objects[7]), shop.shown(objects[3].value));
    }
}

TEST(FreePointer, of_a_hardened_cache_is_mixed_with_its_random_and_its_own_address) {
    for (const Arch arch : {Arch::x86_64, Arch::x86_32}) {
        Shop shop(profile_6_12(), FreelistPointers::hardened, 1, arch);
        const CacheId cache = shop.create("thing", 256);
        const ObjectAddress first = shop.alloc(cache), second = shop.alloc(cache);
        shop.free(first);
        shop.free(second);
        const SlabCache& of = shop.slab.cache(cache);
        const u64 slot = second.value + 128;
        EXPECT_EQ(of.layout.pointer_offset, 128U) << "the middle of the object";
        EXPECT_EQ(shop.word(second), shop.shown(first.value) ^ of.random ^ swab(shop.shown(slot), arch));
        EXPECT_EQ(decode_freepointer(of, slot, shop.word(second), arch), first.value);
        EXPECT_EQ(shop.word(second) >> 32 != 0, arch == Arch::x86_64) << "an unsigned long";
    }
}

TEST(FreePointer, of_a_hardened_cache_is_no_zero_at_the_end_of_the_list) {
    Shop shop(profile_6_1(), FreelistPointers::hardened);
    const CacheId cache = shop.create("thing", 4096);
    ObjectAddress last;
    for (u32 at = 0; at < shop.slab.cache(cache).layout.objects; ++at) last = shop.alloc(cache);
    shop.free(last);
    EXPECT_NE(shop.word(last), 0U);
    EXPECT_EQ(decode_freepointer(shop.slab.cache(cache), last.value + 2048, shop.word(last), Arch::x86_64), 0U);
}

TEST(FreePointer, swab_turns_the_bytes_of_an_unsigned_long) {
    EXPECT_EQ(swab(0x0102030405060708U, Arch::x86_64), 0x0807060504030201U);
    EXPECT_EQ(swab(0xc1020304U, Arch::x86_32), 0x040302c1U);
}

TEST(FreePointer, randoms_are_each_caches_own_and_the_seeds) {
    Shop shop(profile_6_12(), FreelistPointers::hardened, 3), other(profile_6_12(), FreelistPointers::hardened, 4);
    const CacheId one = shop.create("one", 100), two = shop.create("two", 300);
    EXPECT_NE(shop.slab.cache(one).random, shop.slab.cache(two).random);
    EXPECT_NE(shop.slab.cache(one).random, other.slab.cache(other.create("one", 100)).random);
    Shop plain(profile_6_12(), FreelistPointers::plain, 3);
    EXPECT_FALSE(plain.slab.cache(plain.create("one", 100)).is_hardened);
}

TEST(FreePointer, that_is_overwritten_means_another_place_and_is_shown_as_it_is) {
    constexpr u32 kChecks = slab_flag::kConsistencyChecks | slab_flag::kStoreUser;
    for (const FreelistPointers pointers : {FreelistPointers::plain, FreelistPointers::hardened}) {
        Shop shop(profile_6_12(), pointers);
        const CacheId cache = shop.create("thing", 64, kChecks);
        const ObjectAddress first = shop.alloc(cache), second = shop.alloc(cache);
        shop.free(first);
        shop.free(second);
        const SlabCache& of = shop.slab.cache(cache);
        const u64 slot = second.value + of.layout.pointer_offset;
        ASSERT_EQ(of.layout.pointer_offset, 32U) << "inside, where nothing is poisoned";
        const u64 before = shop.word(second);
        EXPECT_EQ(decode_freepointer(of, slot, before, Arch::x86_64), first.value);
        EXPECT_EQ(shop.slab.byte({slot}), before & 0xff);
        shop.slab.write({slot}, {slot + 1}, static_cast<u8>(before ^ 0x10));
        SlabCaller caller{shop.memory, shop.trace, 9};
        shop.slab.validate(cache, caller);
        const std::vector<SlabBug> bugs = shop.slab.take_bugs();
        ASSERT_EQ(bugs.size(), 2U);
        EXPECT_EQ(bugs[0].kind, SlabBug::Kind::freepointer_corrupt);
        EXPECT_EQ(bugs[1].kind, SlabBug::Kind::shown_again) << "at the end of the check, mended";
        EXPECT_EQ(bugs[0].objects.at(0).free_pointer, first.value ^ 0x10) << "decoded";
        for (const SlabBug::Section& section : bugs[0].sections)
            if (section.kind == SlabBug::Section::Kind::object) {
                EXPECT_EQ(section.bytes.at(32), static_cast<u8>(before ^ 0x10)) << "as it is stored";
            }
        EXPECT_EQ(decode_freepointer(of, slot, shop.word(second), Arch::x86_64), 0U) << "put right: the list ends here";
    }
}

TEST(FreePointer, a_free_looks_at_the_first_object_of_the_list_that_it_goes_to) {
    Shop shop(profile_6_12(), FreelistPointers::hardened);
    const CacheId cache = shop.create("thing", 256);
    const ObjectAddress first = shop.alloc(cache), second = shop.alloc(cache), third = shop.alloc(cache);
    shop.free(first);
    EXPECT_EQ(shop.free_to(first, 0), FreeTo::list_head);
    EXPECT_EQ(shop.free_to(first, 1), FreeTo::list) << "another CPU would use the slab's own list";
    shop.free(second);
    EXPECT_EQ(shop.free_to(first, 0), FreeTo::list);
    EXPECT_EQ(shop.free_to(second, 0), FreeTo::list_head);
    shop.free(third, 1);
    EXPECT_EQ(shop.free_to(third, 1), FreeTo::list_head);
    EXPECT_EQ(shop.free_to(third, 0), FreeTo::list);
}

TEST(FreePointer, with_sheaves_a_free_looks_at_none) {
    Shop shop(profile_7_2(), FreelistPointers::hardened);
    const CacheId cache = shop.create("thing", 256);
    const ObjectAddress object = shop.alloc(cache);
    shop.free(object);
    EXPECT_EQ(shop.free_to(object, 0), FreeTo::sheaf);
    EXPECT_FALSE(shop.slab.stored_freepointer(shop.slab.locate(object))) << "in a sheaf";
    EXPECT_EQ(shop.slab.free_fault(object), ObjectFault::already_free);
}

}  // namespace
}  // namespace mmscope
