// slab_debug: what is written where nobody may write is found where SLUB finds it.
#include "mm/slab_debug.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/prng.h"
#include "mm/direct_map.h"
#include "mm/kmalloc.h"

namespace mmscope {
namespace {

using Kind = SlabBug::Kind;
using Zone = SlabBug::Zone;
using Repair = SlabBug::Repair;

constexpr u32 kFull = slab_flag::kDebug;  // slab_debug=FZPU

CacheSpec spec_of(u32 size, u32 flags) {
    CacheSpec spec;
    spec.object_size = size;
    spec.flags = flags;
    return spec;
}

class Debugged {
public:
    explicit Debugged(const Profile& profile = profile_6_1(), Arch arch = Arch::x86_64)
        : memory_(arch, profile, 65536, 1, 2), slab_(memory_, FreelistOrder::plain, 1) {}
    ~Debugged() {
        EXPECT_EQ(slab_.check(memory_), "");
        EXPECT_EQ(memory_.check(), "");
    }

    CacheId create(const char* name, u32 size, u32 flags = kFull) { return slab_.create(name, spec_of(size, flags)); }
    ObjectAddress alloc(CacheId cache, u32 call = 1) {
        SlabCaller caller = by(call);
        return slab_.alloc(cache, {gfp::kKernel}, caller);
    }
    void free(ObjectAddress object, u32 call = 2, CacheId named = {}) {
        SlabCaller caller = by(call);
        slab_.free_checked(named, object, caller);
    }
    void write(ObjectAddress object, u32 offset, u8 value, u32 count = 1) {
        slab_.write({object.value + offset}, {object.value + offset + count}, value);
    }
    u32 destroy(CacheId cache) {
        SlabCaller caller = by(9);
        return slab_.destroy(cache, caller);
    }
    void validate(CacheId cache) {
        SlabCaller caller = by(9);
        slab_.validate(cache, caller);
    }
    SlabBug only_bug() {
        std::vector<SlabBug> bugs = slab_.take_bugs();
        EXPECT_EQ(bugs.size(), 1U);
        return bugs.empty() ? SlabBug{} : bugs[0];
    }
    SlabCaller by(u32 call) { return {memory_, trace_, call, 0, 100 + call, now_++}; }

    PageAllocator memory_;
    SlabAllocator slab_;
    Trace trace_;
    u64 now_ = 1000;
};

void expect_overwrite(const SlabBug::Overwrite& one, Zone zone, u64 from, u64 to, u8 found, u8 expected) {
    EXPECT_EQ(one.zone, zone);
    EXPECT_EQ(one.from, from);
    EXPECT_EQ(one.to, to);
    EXPECT_EQ(one.found, found);
    EXPECT_EQ(one.expected, expected);
}

CacheLayout layout_of(u32 size, u32 flags, const Profile& profile = profile_6_1(), Arch arch = Arch::x86_64) {
    return calculate_sizes(spec_of(size, flags), profile, arch, 1);
}

// 104 bytes with the red zone behind the object, 8 for the pointer, 64 for two tracks, 8 of padding, 8 before it all.
TEST(SlabDebug, each_flag_has_its_price_in_bytes) {
    EXPECT_EQ(layout_of(100, 0).size, 104U);
    EXPECT_EQ(layout_of(100, slab_flag::kPoison).size, 112U);
    EXPECT_EQ(layout_of(100, slab_flag::kRedZone).size, 120U);
    EXPECT_EQ(layout_of(100, slab_flag::kStoreUser).size, 168U);
    EXPECT_EQ(layout_of(100, kFull).size, 192U);
    EXPECT_EQ(layout_of(104, kFull).size, 200U) << "an object without a gap behind it gets a red zone of its own";
    EXPECT_EQ(layout_of(100, kFull, profile_6_1(), Arch::x86_32).size, 160U) << "pointers of 4, tracks of 20";
    EXPECT_EQ(layout_of(100, kFull).cpu_partial, 0U);
    EXPECT_EQ(layout_of(100, kFull, profile_7_2()).sheaf_capacity, 0U);
}

TEST(SlabDebug, a_kmalloc_object_has_a_left_red_zone_as_wide_as_its_alignment) {
    CacheSpec spec = kmalloc_cache_spec(KmallocType::normal, kmalloc_class(128), profile_6_1());
    spec.flags |= kFull;
    const CacheLayout layout = calculate_sizes(spec, profile_6_1(), Arch::x86_64, 1);
    EXPECT_EQ(layout.red_left_pad, 128U);
    EXPECT_EQ(layout.track_bytes, 68U) << "and how much was asked for";
    EXPECT_EQ(layout.size, 384U);
}

TEST(SlabDebug, a_byte_too_many_is_found_at_free_and_the_object_is_not_freed) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 100);
    const ObjectAddress object = machine.alloc(cache, 5);
    machine.write(object, 0, 0x41, 101);
    machine.free(object);
    const SlabBug bug = machine.only_bug();
    EXPECT_EQ(bug.kind, Kind::overwritten);
    ASSERT_EQ(bug.overwrites.size(), 1U);
    const u64 end = object.value + 100;
    expect_overwrite(bug.overwrites[0], Zone::right_redzone, end, end + 1, 0x41, 0xcc);
    EXPECT_EQ(bug.repair, Repair::not_freed);
    ASSERT_EQ(bug.objects.size(), 1U);
    EXPECT_EQ(bug.objects[0].allocated.call, 5U);
    EXPECT_EQ(bug.objects[0].allocated.pid, 105U);
    EXPECT_FALSE(bug.objects[0].freed.is_set);
    ASSERT_EQ(bug.sections.size(), 4U) << "red zones, object, padding";
    EXPECT_EQ(bug.sections[1].bytes, std::vector<u8>(100, 0x41));
    EXPECT_EQ(bug.sections[2].bytes, (std::vector<u8>{0x41, 0xcc, 0xcc, 0xcc}));
    EXPECT_EQ(bug.sections[3].bytes, std::vector<u8>(8, 0x5a));
    EXPECT_EQ(machine.slab_.cache(cache).used, 1U);
    machine.free(object);
    EXPECT_TRUE(machine.slab_.take_bugs().empty()) << "the red zone has been put right";
    EXPECT_EQ(machine.slab_.cache(cache).used, 0U);
}

TEST(SlabDebug, a_byte_too_early_is_found_too) {
    Debugged machine;
    const ObjectAddress object = machine.alloc(machine.create("ring", 100));
    machine.write({object.value - 1}, 0, 0);
    machine.free(object);
    expect_overwrite(machine.only_bug().overwrites.at(0), Zone::left_redzone, object.value - 1, object.value, 0, 0xcc);
}

TEST(SlabDebug, a_write_after_free_is_found_when_the_object_is_given_out_again) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 100);
    const ObjectAddress object = machine.alloc(cache, 5);
    machine.free(object, 6);
    machine.write(object, 10, 0, 3);
    EXPECT_TRUE(machine.slab_.bugs().empty());
    const ObjectAddress other = machine.alloc(cache, 7);
    const SlabBug bug = machine.only_bug();
    expect_overwrite(bug.overwrites.at(0), Zone::poison, object.value + 10, object.value + 13, 0, 0x6b);
    EXPECT_EQ(bug.repair, Repair::all_used);
    EXPECT_EQ(bug.objects.at(0).allocated.call, 5U);
    EXPECT_EQ(bug.objects.at(0).freed.call, 6U);
    EXPECT_NE(other.pfn(), object.pfn()) << "nothing of that slab is given out any more";
    EXPECT_EQ(machine.slab_.counters(cache).slabs, 2U);
    EXPECT_EQ(machine.slab_.cache(cache).used, 22U) << "its 21 objects count as used for ever";
}

TEST(SlabDebug, the_last_byte_of_a_free_object_is_another_poison) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 100);
    const ObjectAddress object = machine.alloc(cache);
    machine.free(object);
    EXPECT_EQ(machine.slab_.byte({object.value + 98}), 0x6b);
    EXPECT_EQ(machine.slab_.byte({object.value + 99}), 0xa5);
    machine.write(object, 99, 0x6b);
    machine.alloc(cache);
    EXPECT_EQ(machine.only_bug().overwrites.at(0).zone, Zone::end_poison);
}

TEST(SlabDebug, an_object_freed_twice_stays_free) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 100);
    const ObjectAddress object = machine.alloc(cache);
    machine.free(object, 6);
    machine.free(object, 7);
    const SlabBug bug = machine.only_bug();
    EXPECT_EQ(bug.kind, Kind::already_free);
    EXPECT_EQ(bug.repair, Repair::not_freed);
    EXPECT_EQ(bug.pointer, object.value);
    EXPECT_EQ(bug.objects.at(0).freed.call, 6U);
}

TEST(SlabDebug, a_foreign_pointer_is_not_freed) {
    Debugged machine;
    const CacheId ring = machine.create("ring", 100);
    const CacheId other = machine.create("other", 50);
    const ObjectAddress object = machine.alloc(ring);
    machine.free({object.value + 8});
    EXPECT_EQ(machine.only_bug().kind, Kind::invalid_pointer);
    machine.free({u64{3} << kPageShift});
    EXPECT_EQ(machine.only_bug().kind, Kind::not_in_a_slab);
    EXPECT_EQ(machine.slab_.cache(ring).used, 1U);
    machine.free(object, 3, other);
    const SlabBug bug = machine.only_bug();
    EXPECT_EQ(bug.kind, Kind::wrong_cache);
    EXPECT_EQ(bug.cache, "other");
    EXPECT_EQ(bug.other_cache, "ring");
    EXPECT_EQ(machine.slab_.cache(ring).used, 0U) << "it is freed into the cache that it came from";
}

TEST(SlabDebug, a_cache_that_is_destroyed_tells_of_the_objects_that_remain) {
    for (const u32 flags : {kFull, 0U}) {
        Debugged machine;
        const CacheId cache = machine.create("ring", 100, flags);
        machine.alloc(cache, 3);
        const ObjectAddress freed = machine.alloc(cache, 4);
        const ObjectAddress kept = machine.alloc(cache, 5);
        SlabCaller caller = machine.by(6);
        machine.slab_.free(freed, caller);
        EXPECT_EQ(machine.destroy(cache), 2U);
        const std::vector<SlabBug> bugs = machine.slab_.take_bugs();
        ASSERT_EQ(bugs.size(), 2U);
        EXPECT_EQ(bugs[0].kind, Kind::objects_remaining);
        ASSERT_EQ(bugs[0].objects.size(), 2U);
        EXPECT_EQ(bugs[0].objects[1].address, kept.value);
        EXPECT_EQ(bugs[0].objects[1].allocated.is_set, flags != 0);
        EXPECT_EQ(bugs[1].kind, Kind::still_has_objects);
        EXPECT_TRUE(machine.slab_.cache(cache).exists());
    }
}

TEST(SlabDebug, validate_finds_what_nobody_has_come_across) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 100);
    std::vector<ObjectAddress> objects;
    for (u32 at = 0; at < 21; ++at) objects.push_back(machine.alloc(cache));
    machine.write(objects[4], 100, 1);
    machine.validate(cache);
    EXPECT_EQ(machine.only_bug().overwrites.at(0).from, objects[4].value + 100) << "in a full slab";
    machine.free(objects[7]);
    machine.write(objects[7], 1, 1);
    machine.validate(cache);
    EXPECT_EQ(machine.only_bug().overwrites.at(0).zone, Zone::poison);
    machine.validate(cache);
    EXPECT_TRUE(machine.slab_.take_bugs().empty());
}

TEST(SlabDebug, without_consistency_checks_only_validate_looks) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 100, slab_flag::kPoison | slab_flag::kRedZone);
    const ObjectAddress first = machine.alloc(cache);
    const ObjectAddress object = machine.alloc(cache);
    machine.free(object);
    machine.write(object, 0, 0);
    machine.validate(cache);
    EXPECT_EQ(machine.only_bug().overwrites.at(0).zone, Zone::poison);
    machine.write(first, 100, 0);
    machine.free(first);
    EXPECT_TRUE(machine.slab_.take_bugs().empty());
}

TEST(SlabDebug, until_6_10_the_first_fault_is_told_and_since_then_all_of_them) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12(), &profile_7_2()}) {
        Debugged machine(*profile);
        const ObjectAddress object = machine.alloc(machine.create("ring", 100));
        machine.write({object.value - 1}, 0, 0);
        machine.write(object, 100, 0x41, 2);
        machine.free(object);
        const SlabBug bug = machine.only_bug();
        const bool shows_last = profile == &profile_6_12(), warns = profile == &profile_7_2();
        EXPECT_EQ(bug.overwrites.size(), shows_last || warns ? 2U : 1U);
        EXPECT_EQ(bug.is_shown_last, shows_last);
        EXPECT_EQ(bug.warns, warns);
        EXPECT_EQ(bug.sections.at(0).bytes.back(), shows_last ? 0xcc : 0) << "shown as found, or put right already";
        EXPECT_EQ(machine.slab_.taints(), kernel_taint::kBadPage | (warns ? kernel_taint::kWarn : 0));
    }
}

TEST(SlabDebug, the_free_pointer_is_looked_at_last_and_the_object_is_shown_again) {
    Debugged machine(profile_6_12());
    const ObjectAddress object = machine.alloc(machine.create("ring", 100));
    machine.write({object.value - 1}, 0, 0x41);
    machine.write(object, 100, 0x42, 20);
    machine.free(object);
    const std::vector<SlabBug> bugs = machine.slab_.take_bugs();
    ASSERT_EQ(bugs.size(), 3U);
    EXPECT_EQ(bugs[0].kind, Kind::overwritten);
    EXPECT_EQ(bugs[0].overwrites.size(), 2U);
    EXPECT_TRUE(bugs[0].objects.empty());
    EXPECT_EQ(taints_of(bugs[0]), 0U) << "only the object that is shown taints";
    EXPECT_EQ(bugs[1].kind, Kind::freepointer_corrupt);
    EXPECT_EQ(taints_of(bugs[1]), kernel_taint::kBadPage);
    EXPECT_EQ(bugs[2].kind, Kind::shown_again);
    EXPECT_EQ(bugs[2].repair, Repair::not_freed);
    EXPECT_EQ(machine.slab_.taints(), kernel_taint::kBadPage);
}

TEST(SlabDebug, an_object_of_another_cache_is_leaked_since_7) {
    Debugged machine(profile_7_2());
    const CacheId ring = machine.create("ring", 100), other = machine.create("other", 50);
    const ObjectAddress object = machine.alloc(ring);
    machine.free(object, 3, other);
    EXPECT_EQ(machine.only_bug().objects.at(0).allocated.call, 1U) << "print_tracking()";
    EXPECT_EQ(machine.slab_.cache(ring).used, 1U);
    machine.free(object, 3, other);
    EXPECT_TRUE(machine.only_bug().is_silent) << "WARN_ONCE";
}

TEST(SlabDebug, what_kmalloc_was_not_asked_for_is_a_red_zone_since_6_2) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        Debugged machine(*profile);
        machine.slab_.set_debug(kFull, "dentry,kmalloc-128");
        Kmalloc kmalloc(machine.slab_, machine.memory_);
        SlabCaller caller = machine.by(1);
        const ObjectAddress object = kmalloc.alloc(machine.slab_, 100, {gfp::kKernel}, caller);
        EXPECT_EQ(kmalloc.ksize(machine.slab_, object), 128U);
        EXPECT_FALSE(machine.slab_.cache(kmalloc.cache(KmallocType::normal, kmalloc_class(64))).is_debugged());
        machine.write(object, 100, 0x41);
        kmalloc.free(machine.slab_, object, caller);
        if (profile == &profile_6_12()) {
            EXPECT_EQ(machine.only_bug().overwrites.at(0).zone, Zone::kmalloc_redzone);
            EXPECT_EQ(kmalloc.requested(machine.slab_, object), 100U) << "it is not freed";
        }
        EXPECT_TRUE(machine.slab_.take_bugs().empty());
        EXPECT_EQ(kmalloc.check(machine.slab_, machine.memory_), "");
    }
}

TEST(SlabDebug, an_overwritten_free_pointer_leads_nowhere) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 104, slab_flag::kPoison | slab_flag::kConsistencyChecks);
    const ObjectAddress object = machine.alloc(cache);
    machine.write(object, 104, 0x41, 8);
    machine.free(object);
    const SlabBug bug = machine.only_bug();
    EXPECT_EQ(bug.kind, Kind::freepointer_corrupt);
    EXPECT_EQ(direct_map_base(Arch::x86_64) + bug.objects.at(0).free_pointer, 0x4141414141414141U);
    EXPECT_EQ(bug.repair, Repair::not_freed);
}

TEST(SlabDebug, the_rest_of_a_slab_behind_its_objects_is_guarded) {
    Debugged machine;
    const CacheId cache = machine.create("ring", 100);
    const ObjectAddress object = machine.alloc(cache);
    const u64 rest = (u64{object.pfn().value} << kPageShift) + 21 * 192;
    machine.slab_.write({rest + 5}, {rest + 7}, 0);
    machine.free(object);
    const SlabBug bug = machine.only_bug();
    EXPECT_EQ(bug.kind, Kind::slab_padding);
    expect_overwrite(bug.overwrites.at(0), Zone::slab_padding, rest + 5, rest + 7, 0, 0x5a);
    EXPECT_EQ(machine.slab_.cache(cache).used, 0U);
}

TEST(SlabDebug, with_sheaves_a_debugged_cache_has_none) {
    Debugged machine(profile_7_2());
    const CacheId cache = machine.create("ring", 100);
    const ObjectAddress object = machine.alloc(cache);
    machine.write(object, 100, 0x41);
    machine.free(object);
    EXPECT_EQ(machine.only_bug().overwrites.at(0).zone, Zone::right_redzone);
    machine.free(object);
    EXPECT_EQ(machine.slab_.counters(cache).objects_partial, 0U) << "it went straight to its slab";
    EXPECT_EQ(machine.destroy(cache), 0U);
}

TEST(SlabDebug, an_object_with_a_constructor_is_not_poisoned) {
    Debugged machine;
    CacheSpec spec = spec_of(100, kFull);
    spec.has_ctor = true;
    const CacheId cache = machine.slab_.create("ring", spec);
    const ObjectAddress object = machine.alloc(cache);
    machine.free(object);
    machine.write(object, 0, 0);
    machine.alloc(cache);
    EXPECT_TRUE(machine.slab_.take_bugs().empty());
}

// Writers that keep to their objects are never told of, and the one that does not always is.
TEST(SlabDebug, honest_writers_are_never_accused) {
    for (u64 seed = 1; seed <= 20; ++seed) {
        Prng prng(seed);
        Debugged machine(prng.below(2) == 0 ? profile_6_1() : profile_6_12());
        const u32 size = 1 + prng.below(600);
        const u32 flags = slab_flag::kConsistencyChecks | slab_flag::kRedZone | (prng.below(8) << 6);
        const CacheId cache = machine.create("ring", size, flags);
        std::vector<ObjectAddress> held;
        for (u32 step = 0; step < 400; ++step) {
            if (held.empty() || prng.below(5) < 3) {
                held.push_back(machine.alloc(cache));
                machine.write(held.back(), 0, static_cast<u8>(prng.below(256)), size);
            } else {
                std::swap(held[prng.below(static_cast<u32>(held.size()))], held.back());
                machine.free(held.back());
                held.pop_back();
            }
        }
        machine.validate(cache);
        ASSERT_TRUE(machine.slab_.take_bugs().empty()) << "seed " << seed;
        ASSERT_EQ(machine.slab_.check(machine.memory_), "") << "seed " << seed;
        machine.write(held.back(), size, 0x41);
        machine.free(held.back());
        EXPECT_EQ(machine.only_bug().overwrites.at(0).zone, Zone::right_redzone) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mmscope
