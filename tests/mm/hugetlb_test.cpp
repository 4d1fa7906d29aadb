// Hugetlb memory: pools, what is reserved, what faults bring and leave, and who loses when a pool is empty.
#include "process_machine.h"

#include <random>

#include "mm/hugetlb.h"

namespace mmscope {
namespace {

using test::kRead;
using test::kWrite;
using test::ProcessMachine;

constexpr u32 kHuge = test::kPrivateAnonymous | map_flag::kHugetlb;
constexpr u32 kHuge1G = kHuge | 30U << map_flag::kHugeShift;
constexpr u64 kMiB = u64{1} << 20, kGiB = u64{1} << 30;

// 128 MiB, with a pool of the usual size; or more, with pages of 1 GiB that boot took.
class PoolMachine : public ProcessMachine {
public:
    explicit PoolMachine(u32 pages, Arch arch = Arch::x86_64, u32 mebibytes = 128, u32 gigantic = 0,
                         const Profile& profile = profile_6_12())
        : ProcessMachine(arch, mebibytes, profile) {
        Hugetlb pools(memory, 0, 0, trace);
        pools.take_at_boot(gigantic);
        EXPECT_EQ(pools.set_max_huge_pages(pages), pages);
        pid = fork();
        span = memory.processes().mode.span(1);
    }
    const HugetlbPool& pool(u32 height = 1) const { return memory.processes().hugetlb.pool(height); }
    u64 map_pool(u32 pages, u32 flags = kHuge) { return map(pid, pages * span, kRead | kWrite, flags); }
    Pfn frame(u32 of, u64 address) {
        const Walk walk = tables(of).walk(address);
        return walk.is_leaf() ? walk.last().entry.pfn() : kNoPfn;
    }
    u32 set_pool(u32 pages) {
        const u32 kept = Hugetlb(memory, cpu, ++call, trace).set_max_huge_pages(pages);
        EXPECT_EQ(memory.check(), "");
        return kept;
    }
    u64 free_frames() const {
        u64 sum = 0;
        for (const Zone& zone : memory.zones()) sum += zone.free_pages + memory.pcp_count(zone.position);
        return sum;
    }
    u32 pid = 0;
    u64 span = 0;
};

TEST(Hugetlb, a_mapping_reserves_a_fault_takes_and_unmapping_gives_back_to_the_pool) {
    for (const Arch arch : {Arch::x86_64, Arch::x86_32, Arch::x86_32_pae}) {
        PoolMachine machine(4, arch);
        const u64 free = machine.free_frames(), tables = machine.mm(machine.pid).table_pages();
        const u32 anon = machine.rss(machine.pid, RssKind::anon);
        const u64 buffer = machine.map_pool(3);
        EXPECT_EQ(buffer % machine.span, 0U);
        EXPECT_EQ(machine.pool().reserved, 3U);
        EXPECT_EQ(machine.pool().unused(), 4U);
        EXPECT_EQ(machine.write(machine.pid, buffer + machine.span + 5).faults, 1U);
        EXPECT_EQ(machine.pool().reserved, 2U);
        EXPECT_EQ(machine.pool().unused(), 3U);
        EXPECT_EQ(machine.rss(machine.pid, RssKind::anon), anon) << "not resident";
        EXPECT_EQ(machine.mm(machine.pid).hugetlb_pages, machine.span / kPageSize);
        EXPECT_EQ(machine.free_frames() + machine.mm(machine.pid).table_pages() - tables, free)
            << "only tables cost any";
        EXPECT_EQ(machine.munmap(machine.pid, buffer, 3 * machine.span), 0);
        EXPECT_EQ(machine.pool().reserved, 0U);
        EXPECT_EQ(machine.pool().unused(), 4U);
        EXPECT_EQ(machine.mm(machine.pid).hugetlb_pages, 0U);
    }
}

TEST(Hugetlb, a_read_brings_a_page_too_and_the_first_write_keeps_it) {
    PoolMachine machine(1);
    const u64 buffer = machine.map_pool(1);
    EXPECT_EQ(machine.read(machine.pid, buffer).faults, 1U);
    const Pfn head = machine.frame(machine.pid, buffer);
    EXPECT_EQ(head, machine.pool().pages[0].head);
    EXPECT_FALSE(machine.tables(machine.pid).walk(buffer).last().entry.has(entry_bit::kWrite));
    EXPECT_EQ(machine.write(machine.pid, buffer).faults, 1U);
    EXPECT_EQ(machine.count(TraceKind::wp_page_reuse), 1U);
    EXPECT_EQ(machine.frame(machine.pid, buffer), head);
}

TEST(Hugetlb, the_story_of_a_fault_is_pool_zeroes_and_entry) {
    PoolMachine machine(1);
    const u64 buffer = machine.map_pool(1);
    machine.write(machine.pid, buffer);
    const std::vector<TraceKind> story = machine.story();
    const std::vector<TraceKind> end(story.end() - 8, story.end());
    using enum TraceKind;
    const std::vector<TraceKind> wanted{dequeue_hugetlb, clear_huge_page, set_huge_pte, retry_access,
                                        tlb_miss,        page_walk,       tlb_fill,     access_frame};
    EXPECT_EQ(end, wanted);
}

TEST(Hugetlb, no_more_is_promised_than_the_pool_has_and_noreserve_risks_it) {
    PoolMachine machine(2);
    machine.map_pool(1);
    EXPECT_EQ(machine.mmap(machine.pid, {0, 2 * machine.span, kRead | kWrite, kHuge}), failed(Errno::enomem));
    const u64 risky = machine.map_pool(2, kHuge | map_flag::kNoReserve);
    EXPECT_EQ(machine.write(machine.pid, risky).signal, Signal::none);
    EXPECT_EQ(machine.pool().reserved, 1U);
    EXPECT_EQ(machine.write(machine.pid, risky + machine.span).signal, Signal::sigbus) << "the last one is promised";
    EXPECT_EQ(machine.pool().unused(), 2U) << "the process is gone";
    EXPECT_EQ(machine.pool().reserved, 0U);
}

TEST(Hugetlb, sizes_and_places_that_cannot_be_are_einval) {
    PoolMachine machine(4);
    const auto refused = [&](const MmapRequest& request, MmRefusal why, i64 error) {
        ProcessMemory calls = machine.calls(machine.pid);
        EXPECT_EQ(calls.mmap(request), error);
        EXPECT_EQ(calls.refusal(), why);
    };
    const i64 einval = failed(Errno::einval);
    refused({0, kMiB, kRead, kHuge | 20U << map_flag::kHugeShift}, MmRefusal::hugetlb_size, einval);
    refused({0, 0, kRead, kHuge}, MmRefusal::zero_bytes, einval);
    refused({0x60001000, kMiB, kRead, kHuge | map_flag::kFixed}, MmRefusal::hugetlb_unaligned, einval);
    refused({0, kMiB, kRead, test::kSharedAnonymous | map_flag::kHugetlb}, MmRefusal::hugetlb_shared, einval);
    refused({0, kMiB, kRead, map_flag::kPrivate | map_flag::kHugetlb}, MmRefusal::no_file, failed(Errno::ebadf));
    refused({0, kMiB, kRead, map_flag::kPrivate | map_flag::kHugetlb, machine.file(4)}, MmRefusal::hugetlb_file,
            einval);
    refused({0, kGiB, kRead, kHuge1G}, MmRefusal::hugetlb_pool, failed(Errno::enomem));
    refused({0, kGiB, kRead, kHuge}, MmRefusal::hugetlb_pool, failed(Errno::enomem));
    for (const Arch arch : {Arch::x86_32, Arch::x86_32_pae}) {
        PoolMachine narrow(1, arch);
        ProcessMemory calls = narrow.calls(narrow.pid);
        EXPECT_EQ(calls.mmap({0, kGiB, kRead, kHuge1G}), einval);
        EXPECT_EQ(calls.refusal(), MmRefusal::hugetlb_1g);
    }
    PoolMachine old(1, Arch::x86_64, 128, 0, profile_2_6());
    ProcessMemory calls = old.calls(old.pid);
    EXPECT_EQ(calls.mmap({0, kGiB, kRead, kHuge1G}), einval);
    EXPECT_EQ(calls.refusal(), MmRefusal::hugetlb_1g);
    EXPECT_GT(calls.mmap({0, kMiB, kRead, kHuge}), 0) << "one page, rounded up";
}

TEST(Hugetlb, no_call_cuts_a_page_in_two) {
    PoolMachine machine(4);
    const u64 buffer = machine.map_pool(4);
    machine.write(machine.pid, buffer);
    const i64 einval = failed(Errno::einval);
    EXPECT_EQ(machine.munmap(machine.pid, buffer, kMiB), einval);
    EXPECT_EQ(machine.munmap(machine.pid, buffer + kMiB, 2 * kMiB), einval);
    EXPECT_EQ(machine.mprotect(machine.pid, buffer, kMiB, kRead), einval);
    EXPECT_EQ(machine.calls(machine.pid).madvise(buffer + kMiB, 2 * kMiB, advice::kDontNeed), einval);
    const u32 fixed = test::kPrivateAnonymous | map_flag::kFixed;
    EXPECT_EQ(machine.mmap(machine.pid, {buffer + kMiB, kMiB, kRead, fixed}), einval);
    PoolMachine older(1, Arch::x86_64, 128, 0, profile_6_1());
    const u64 there = older.map_pool(1);
    EXPECT_EQ(older.mmap(older.pid, {there + kMiB, kMiB, kRead, fixed}), failed(Errno::enomem)) << "until 6.12";
}

TEST(Hugetlb, a_part_in_the_middle_goes_and_the_rest_keeps_its_reserve) {
    PoolMachine machine(4);
    const u64 buffer = machine.map_pool(4);
    machine.write(machine.pid, buffer + machine.span);
    EXPECT_EQ(machine.munmap(machine.pid, buffer + machine.span, 2 * machine.span), 0);
    EXPECT_EQ(machine.pool().reserved, 2U);
    EXPECT_EQ(machine.pool().unused(), 4U);
    machine.write(machine.pid, buffer + 3 * machine.span);
    EXPECT_EQ(machine.pool().reserved, 1U);
    EXPECT_EQ(machine.mprotect(machine.pid, buffer + 3 * machine.span, machine.span, kRead), 0);
    EXPECT_EQ(machine.write(machine.pid, buffer + 3 * machine.span).signal, Signal::sigsegv);
    EXPECT_EQ(machine.pool().reserved, 0U);
}

TEST(Hugetlb, what_dontneed_takes_stays_reserved_from_6_9_on) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        PoolMachine machine(2, Arch::x86_64, 128, 0, *profile);
        const u64 buffer = machine.map_pool(2);
        machine.write(machine.pid, buffer);
        EXPECT_EQ(machine.calls(machine.pid).madvise(buffer, machine.span, advice::kDontNeed), 0);
        EXPECT_EQ(machine.memory.check(), "");
        EXPECT_EQ(machine.pool().unused(), 2U);
        EXPECT_EQ(machine.pool().reserved, profile->hugetlb_keeps_reserve ? 2U : 1U);
        EXPECT_EQ(machine.write(machine.pid, buffer).faults, 1U);
    }
    PoolMachine old(1, Arch::x86_64, 128, 0, profile_2_6());
    const u64 buffer = old.map_pool(1);
    EXPECT_EQ(old.calls(old.pid).madvise(buffer, old.span, advice::kDontNeed), failed(Errno::einval));
}

TEST(Hugetlb, after_fork_a_write_copies_the_whole_page) {
    PoolMachine machine(2);
    const u64 buffer = machine.map_pool(1);
    machine.write(machine.pid, buffer);
    const Pfn old = machine.frame(machine.pid, buffer);
    const u32 child = machine.fork(machine.pid);
    EXPECT_EQ(machine.frame(child, buffer), old);
    EXPECT_EQ(machine.pool().unused(), 1U);
    EXPECT_EQ(machine.write(child, buffer).faults, 1U);
    EXPECT_EQ(machine.count(TraceKind::copy_huge_page), 1U);
    EXPECT_NE(machine.frame(child, buffer), old);
    EXPECT_EQ(machine.write(machine.pid, buffer).faults, 1U);
    EXPECT_EQ(machine.count(TraceKind::copy_huge_page), 0U) << "alone with it";
    machine.exit(child);
    EXPECT_EQ(machine.pool().unused(), 1U);
}

TEST(Hugetlb, a_child_has_no_reserve_and_its_write_to_an_empty_pool_is_sigbus) {
    PoolMachine machine(1);
    const u64 buffer = machine.map_pool(1);
    machine.write(machine.pid, buffer);
    const u32 child = machine.fork(machine.pid);
    EXPECT_EQ(machine.read(child, buffer).signal, Signal::none);
    EXPECT_EQ(machine.write(child, buffer).signal, Signal::sigbus);
    EXPECT_EQ(machine.count(TraceKind::hugetlb_no_page), 1U);
    EXPECT_EQ(machine.write(machine.pid, buffer).signal, Signal::none);
}

TEST(Hugetlb, the_owner_keeps_its_page_and_the_child_loses_it) {
    PoolMachine machine(1);
    const u64 buffer = machine.map_pool(1);
    machine.write(machine.pid, buffer);
    const Pfn head = machine.frame(machine.pid, buffer);
    const u32 child = machine.fork(machine.pid);
    EXPECT_EQ(machine.write(machine.pid, buffer).signal, Signal::none);
    EXPECT_EQ(machine.count(TraceKind::unmap_ref_private), 1U);
    EXPECT_EQ(machine.frame(machine.pid, buffer), head) << "it is not copied";
    EXPECT_EQ(machine.frame(child, buffer), kNoPfn);
    EXPECT_EQ(machine.read(child, buffer).signal, Signal::sigbus) << "no fresh page of zeroes in its place";
}

TEST(Hugetlb, the_pool_grows_as_far_as_it_can_and_shrinks_by_what_nobody_has) {
    PoolMachine machine(2);
    const u64 free = machine.free_frames();
    const u64 buffer = machine.map_pool(2);
    machine.write(machine.pid, buffer);
    EXPECT_EQ(machine.set_pool(0), 0U) << "two are kept, but above what it is to have";
    EXPECT_EQ(machine.pool().total(), 2U);
    EXPECT_EQ(machine.pool().surplus, 2U);
    EXPECT_EQ(machine.munmap(machine.pid, buffer, 2 * machine.span), 0);
    EXPECT_EQ(machine.pool().total(), 0U) << "surplus pages go back to the page allocator";
    EXPECT_EQ(machine.pool().surplus, 0U);
    EXPECT_GE(machine.free_frames(), free + 1024 - 8);
    EXPECT_LT(machine.set_pool(100), 64U) << "128 MiB do not have 100 of them";
    EXPECT_GT(machine.pool().total(), 40U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::htlb_buddy_alloc_fail), 1U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::oom_kill), 0U);
    EXPECT_EQ(machine.set_pool(3), 3U);
}

TEST(Hugetlb, surplus_becomes_the_pool_s_own_when_it_is_to_have_more) {
    PoolMachine machine(3);
    const u64 buffer = machine.map_pool(3);
    machine.write(machine.pid, buffer);
    machine.set_pool(1);
    EXPECT_EQ(machine.pool().surplus, 2U);
    EXPECT_EQ(machine.set_pool(2), 2U);
    EXPECT_EQ(machine.pool().surplus, 1U);
    EXPECT_EQ(machine.pool().total(), 3U);
}

TEST(Hugetlb, pages_of_one_gibibyte_come_from_boot_and_stay_managed) {
    PoolMachine machine(0, Arch::x86_64, 2304, 2);
    ASSERT_EQ(machine.pool(2).total(), 1U) << "only from 1 to 2 GiB all is free";
    EXPECT_EQ(machine.pool(2).pages[0].head.value, 0x40000U);
    const u64 buffer = machine.map(machine.pid, kGiB, kRead | kWrite, kHuge1G);
    EXPECT_EQ(buffer % kGiB, 0U);
    EXPECT_EQ(machine.write(machine.pid, buffer + 5 * kMiB).faults, 1U);
    EXPECT_EQ(machine.count(TraceKind::pte_alloc), 0U) << "its entry stands in the PDPT that the stack has";
    const Walk walk = machine.tables(machine.pid).walk(buffer + 5 * kMiB);
    EXPECT_EQ(walk.last().height, 2);
    EXPECT_EQ(walk.physical(machine.memory.processes().mode, buffer + 5 * kMiB), kGiB + 5 * kMiB);
    EXPECT_EQ(machine.write(machine.pid, buffer + kGiB - 1).faults, 0U);
    EXPECT_EQ(machine.memory.free_fault({0x40000}, {10}), FreeFault::never_allocated);
    const u32 child = machine.fork(machine.pid);
    EXPECT_EQ(machine.write(child, buffer).signal, Signal::sigbus);
    EXPECT_EQ(machine.munmap(machine.pid, buffer, kGiB), 0);
    EXPECT_EQ(machine.pool(2).unused(), 1U);
}

TEST(Hugetlb, the_tlb_holds_a_gibibyte_as_one_entry_and_forgets_it_by_one_invlpg) {
    PoolMachine machine(0, Arch::x86_64, 2304, 1);
    const u64 buffer = machine.map(machine.pid, kGiB, kRead | kWrite, kHuge1G);
    machine.write(machine.pid, buffer);
    machine.read(machine.pid, buffer + kGiB / 2);
    EXPECT_EQ(machine.count(TraceKind::tlb_hit), 1U);
    EXPECT_EQ(machine.count(TraceKind::page_walk), 0U);
    const Tlb& tlb = *machine.memory.processes().cpus[machine.cpu].tlb;
    const Tlb::Structure* const own = tlb.structure(1, TlbSide::data, PageSize::size_1g);
    const Tlb::Structure* const second = tlb.structure(2, TlbSide::data, PageSize::size_1g);
    for (const Tlb::Structure* structure : {own, second}) {
        ASSERT_NE(structure, nullptr);
        u32 held = 0;
        for (u32 set = 0; set < structure->shape.sets(); ++set)
            for (u32 way = 0; way < structure->shape.ways; ++way) {
                const auto view = tlb.view(*structure, set, way);
                held += view && view->size == PageSize::size_1g && view->page == buffer / kGiB ? 1 : 0;
            }
        EXPECT_EQ(held, 1U);
    }
    const u64 invlpg = tlb.counts().invlpg, flushes = tlb.counts().flushes;
    EXPECT_EQ(machine.mprotect(machine.pid, buffer, kGiB, kRead), 0);
    EXPECT_EQ(tlb.counts().invlpg, invlpg + 1);
    EXPECT_EQ(tlb.counts().flushes, flushes);
}

TEST(Hugetlb, with_two_nodes_pages_come_from_both_in_turn) {
    PageAllocator memory(Arch::x86_64, profile_6_12(), 128 * 256, 2, 2);
    Trace nobody;
    EXPECT_EQ(Hugetlb(memory, 0, 0, nobody).set_max_huge_pages(6), 6U);
    u32 on_first = 0;
    for (const HugetlbPage& page : memory.processes().hugetlb.pool(1).pages)
        on_first += memory.zone_of(page.head)->node == 0 ? 1 : 0;
    EXPECT_EQ(on_first, 3U);
    EXPECT_EQ(memory.check(), "");
}

TEST(Hugetlb, commit_limit_leaves_them_out) {
    PoolMachine machine(0);
    const u64 before = commit_limit(machine.memory);
    machine.set_pool(4);
    EXPECT_EQ(commit_limit(machine.memory), before - 4 * 512 / 2);
}

// Random maps, writes, forks, exits, unmappings, protections, advice and pool sizes; check() knows what fits together.
TEST(Hugetlb, whatever_processes_do_pools_reserves_and_page_tables_agree) {
    for (u32 seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const auto draw = [&](u32 below) { return static_cast<u32>(random() % below); };
        PoolMachine machine(6, Arch::x86_64, 64, 0, seed % 2 == 0 ? profile_6_1() : profile_6_12());
        const u64 base = 0x7f0000000000;
        std::vector<u32> pids{machine.pid};
        for (u32 step = 0; step < 120; ++step) {
            std::erase_if(pids, [&](u32 pid) { return !machine.memory.processes().is_alive(pid); });
            if (pids.empty()) pids.push_back(machine.fork());
            const u32 pid = pids[draw(static_cast<u32>(pids.size()))];
            const u64 address = base + draw(8) * machine.span;
            switch (draw(9)) {
                case 0: {
                    const u32 flags = kHuge | map_flag::kFixed | (draw(3) == 0 ? map_flag::kNoReserve : 0);
                    machine.mmap(pid, {address, (1 + draw(3)) * machine.span, kRead | kWrite, flags});
                    break;
                }
                case 1:
                    machine.munmap(pid, address, (1 + draw(2)) * machine.span);
                    break;
                case 2:
                    if (pids.size() < 4) pids.push_back(machine.fork(pid));
                    break;
                case 3:
                    if (pid != kInitPid && draw(3) == 0) machine.exit(pid);
                    break;
                case 4:
                    machine.mprotect(pid, address, machine.span, draw(2) == 0 ? kRead : kRead | kWrite);
                    break;
                case 5:
                    machine.calls(pid).madvise(address, machine.span, advice::kDontNeed);
                    break;
                case 6:
                    machine.set_pool(draw(9));
                    break;
                default:
                    machine.access(pid, address + draw(512) * kPageSize, draw(3) == 0 ? Access::read : Access::write);
            }
            ASSERT_EQ(machine.memory.check(), "") << "step " << step;
        }
        for (const u32 pid : pids)
            if (machine.memory.processes().is_alive(pid)) machine.exit(pid);
        EXPECT_EQ(machine.pool().reserved, 0U);
        EXPECT_EQ(machine.pool().unused(), machine.pool().total());
        EXPECT_EQ(machine.pool().surplus, 0U);
    }
}

}  // namespace
}  // namespace mmscope
