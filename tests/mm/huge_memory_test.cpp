// Huge pages: what a fault brings, what splits an entry and what a page, and what each is counted as.
#include "process_machine.h"

#include "mm/compaction.h"
#include "mm/huge_memory.h"
#include "mm/swap.h"
#include "mm/vmscan.h"

namespace mmscope {
namespace {

using test::kRead;
using test::kWrite;
using test::ProcessMachine;

// 64 MiB and switched on by hand, so that each check() is quick; or 520 MiB, with the page of zeroes.
class HugeMachine : public ProcessMachine {
public:
    explicit HugeMachine(ThpEnabled enabled = ThpEnabled::always, Arch arch = Arch::x86_64, u32 mebibytes = 64,
                         const Profile& profile = profile_6_12())
        : ProcessMachine(arch, mebibytes, profile), pid(fork()) {
        VmSysctl sysctl = memory.sysctl();
        sysctl.transparent_hugepage = static_cast<u32>(enabled);
        memory.write_sysctl(SysctlName::transparent_hugepage, sysctl);
        span = memory.processes().mode.span(1);
        pages = memory.frames().pageblock_order().frames();
    }
    // An area that begins where a leaf can.
    u64 map_huge(u32 leaves, u64 base = 0x60000000) {
        const i64 address = mmap(pid, {base, leaves * span, kRead | kWrite, test::kPrivateAnonymous});
        EXPECT_EQ(static_cast<u64>(address), base);
        return base;
    }
    PageEntry leaf(u32 of, u64 address) {
        const auto place = tables(of).find_huge(address);
        return place ? tables(of).read(*place) : PageEntry();
    }
    u32 anon(u32 of) const { return rss(of, RssKind::anon); }
    u64 counted(VmCounter counter) const { return memory.vmstat(counter); }
    u32 free_frames() const {
        u32 sum = 0;
        for (const Zone& zone : memory.zones()) sum += zone.free_pages + memory.pcp_count(zone.position);
        return sum;
    }
    u32 reclaim(u32 rounds = 1) {
        u32 sum = 0;
        for (u32 round = 0; round < rounds; ++round) {
            sum += Reclaim(memory, 0, trace).try_to_free_pages(memory.request_of({gfp::kKernel}, {0}, 1, 0));
            EXPECT_EQ(memory.check(), "");
        }
        return sum;
    }
    u32 pid;
    u64 span = 0;
    u32 pages = 0;
};

TEST(HugeMemory, a_write_brings_a_whole_block_with_one_entry_and_a_table_that_waits) {
    for (const Arch arch : {Arch::x86_64, Arch::x86_32, Arch::x86_32_pae}) {
        HugeMachine machine(ThpEnabled::always, arch);
        const u64 buffer = machine.map_huge(1);
        const u32 before = machine.anon(machine.pid), tables = machine.mm(machine.pid).tables[0];
        const AccessResult written = machine.write(machine.pid, buffer + 5 * kPageSize + 7);
        EXPECT_EQ(written.faults, 1U);
        const PageEntry leaf = machine.leaf(machine.pid, buffer);
        EXPECT_TRUE(leaf.has(entry_bit::kLarge) && leaf.has(entry_bit::kWrite) && leaf.has(entry_bit::kDirty));
        EXPECT_EQ(leaf.pfn() + 5, written.pfn);
        EXPECT_EQ(leaf.pfn().value % machine.pages, 0U);
        EXPECT_EQ(machine.anon(machine.pid), before + machine.pages);
        EXPECT_EQ(machine.mm(machine.pid).tables[0], tables + 1) << "the table counts";
        EXPECT_EQ(machine.counted(VmCounter::thp_fault_alloc), 1U);
        EXPECT_EQ(machine.counted(VmCounter::nr_anon_transparent_hugepages), 1U);
        EXPECT_EQ(machine.write(machine.pid, buffer + machine.span - 1).faults, 0U);
        EXPECT_EQ(machine.write(machine.pid, buffer + machine.span - 1).pfn, leaf.pfn() + (machine.pages - 1));
    }
}

TEST(HugeMemory, the_story_of_a_huge_fault_is_block_table_zeroes_deposit_and_entry) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(2);
    machine.write(machine.pid, buffer);
    machine.write(machine.pid, buffer + machine.span);
    using enum TraceKind;
    const std::vector<TraceKind> story = {mmu_access,      tlb_miss,  page_walk,       page_fault_user,
                                          find_vma,        mm_page_alloc, mm_page_alloc, pte_alloc,
                                          clear_huge_page, pgtable_trans_huge_deposit, set_huge_pmd, retry_access,
                                          tlb_miss,        page_walk, tlb_fill,        access_frame};
    EXPECT_EQ(machine.story(), story);
    machine.write(machine.pid, buffer + 2 * machine.span - 1);
    EXPECT_EQ(machine.story(), (std::vector<TraceKind>{mmu_access, tlb_hit, access_frame}));
}

TEST(HugeMemory, only_the_setting_and_madvise_bring_one_and_only_where_it_fits) {
    HugeMachine machine(ThpEnabled::madvise);
    const u64 buffer = machine.map_huge(3);
    machine.write(machine.pid, buffer);
    EXPECT_TRUE(machine.leaf(machine.pid, buffer).is_none()) << "not advised";
    EXPECT_EQ(machine.calls(machine.pid).madvise(buffer + machine.span, machine.span, advice::kHugePage), 0);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_TRUE(machine.mm(machine.pid).area_of(buffer + machine.span)->has(vm_flag::kHugePage));
    EXPECT_FALSE(machine.mm(machine.pid).area_of(buffer)->has(vm_flag::kHugePage)) << "the area is split";
    machine.write(machine.pid, buffer + machine.span);
    machine.write(machine.pid, buffer + 2 * machine.span);
    EXPECT_FALSE(machine.leaf(machine.pid, buffer + machine.span).is_none());
    EXPECT_TRUE(machine.leaf(machine.pid, buffer + 2 * machine.span).is_none());
    // Not the whole of what a leaf maps is in the area.
    const u64 narrow = 0x70000000;
    machine.mmap(machine.pid, {narrow + kPageSize, machine.span, kRead | kWrite, test::kPrivateAnonymous});
    machine.calls(machine.pid).madvise(narrow + kPageSize, machine.span, advice::kHugePage);
    EXPECT_EQ(machine.write(machine.pid, narrow + kPageSize).faults, 1U);
    EXPECT_TRUE(machine.leaf(machine.pid, narrow).is_none());
    EXPECT_EQ(machine.counted(VmCounter::thp_fault_fallback), 0U) << "none was tried";
}

TEST(HugeMemory, madvise_nohugepage_forbids_it_under_always_and_taking_it_back_merges_the_areas) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(3);
    const std::size_t areas = machine.mm(machine.pid).areas.size();
    EXPECT_EQ(machine.calls(machine.pid).madvise(buffer + machine.span, machine.span, advice::kNoHugePage), 0);
    EXPECT_EQ(machine.mm(machine.pid).areas.size(), areas + 2);
    machine.write(machine.pid, buffer + machine.span);
    EXPECT_TRUE(machine.leaf(machine.pid, buffer + machine.span).is_none());
    machine.calls(machine.pid).madvise(buffer, 3 * machine.span, advice::kHugePage);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.mm(machine.pid).areas.size(), areas) << "the flags are alike again";
    machine.write(machine.pid, buffer + 2 * machine.span);
    EXPECT_FALSE(machine.leaf(machine.pid, buffer + 2 * machine.span).is_none());
}

TEST(HugeMemory, a_table_that_is_there_already_keeps_its_pages_small) {
    HugeMachine machine(ThpEnabled::never);
    const u64 buffer = machine.map_huge(1);
    machine.write(machine.pid, buffer);
    VmSysctl sysctl = machine.memory.sysctl();
    sysctl.transparent_hugepage = static_cast<u32>(ThpEnabled::always);
    machine.memory.write_sysctl(SysctlName::transparent_hugepage, sysctl);
    machine.calls(machine.pid).madvise(buffer, machine.span, advice::kDontNeed);
    EXPECT_EQ(machine.write(machine.pid, buffer).faults, 1U);
    EXPECT_TRUE(machine.leaf(machine.pid, buffer).is_none()) << "pages went, the table did not";
}

TEST(HugeMemory, without_a_block_the_fault_falls_back_to_a_page) {
    HugeMachine machine(ThpEnabled::always, Arch::x86_64, 32);
    std::vector<Pfn> held;
    for (;;) {
        const Pfn pfn = machine.memory.alloc_pages({gfp::kNowarn}, {9}, 1, 0, machine.trace);
        if (pfn == kNoPfn) break;
        held.push_back(pfn);
    }
    const u64 buffer = machine.map_huge(1);
    EXPECT_EQ(machine.write(machine.pid, buffer).faults, 1U);
    EXPECT_TRUE(machine.leaf(machine.pid, buffer).is_none());
    EXPECT_EQ(machine.count(TraceKind::thp_fault_fallback), 1U);
    EXPECT_EQ(machine.counted(VmCounter::thp_fault_fallback), 1U);
    EXPECT_EQ(machine.counted(VmCounter::thp_fault_alloc), 0U);
}

TEST(HugeMemory, a_read_maps_the_huge_page_of_zeroes_and_a_write_then_copies_one_page) {
    HugeMachine machine(ThpEnabled::always, Arch::x86_64, 600);
    const u64 buffer = machine.map_huge(2);
    const u32 before = machine.anon(machine.pid);
    const Pfn zero = machine.read(machine.pid, buffer + 3 * kPageSize).pfn;
    EXPECT_EQ(zero, machine.memory.processes().huge_zero_page + 3);
    machine.read(machine.pid, buffer + machine.span);
    EXPECT_EQ(machine.counted(VmCounter::thp_zero_page_alloc), 1U) << "one for all";
    EXPECT_EQ(machine.anon(machine.pid), before);
    EXPECT_EQ(machine.counted(VmCounter::nr_anon_transparent_hugepages), 0U);
    EXPECT_EQ(machine.memory.free_fault(machine.memory.processes().huge_zero_page, {9}), FreeFault::never_allocated);
    machine.write(machine.pid, buffer + kPageSize);
    EXPECT_EQ(machine.counted(VmCounter::thp_split_pmd), 1U);
    EXPECT_EQ(machine.anon(machine.pid), before + 1);
    EXPECT_TRUE(machine.entry(machine.pid, buffer).is_zero_page());
    machine.exit(machine.pid);
    EXPECT_NE(machine.memory.processes().huge_zero_page, kNoPfn) << "it stays for the next one";
    machine.reclaim();
    EXPECT_EQ(machine.memory.processes().huge_zero_page, kNoPfn) << "until memory is short";
}

TEST(HugeMemory, a_machine_below_512_mib_has_none_unless_somebody_switches_them_on) {
    EXPECT_EQ(ProcessMachine(Arch::x86_64, 256).memory.sysctl().thp(), ThpEnabled::never);
    HugeMachine machine;
    const u64 buffer = machine.map_huge(1);
    machine.read(machine.pid, buffer);
    EXPECT_FALSE(machine.leaf(machine.pid, buffer).is_zero_page()) << "and then there is no page of zeroes";
    EXPECT_EQ(HugePages::mask(machine.memory, *machine.mm(machine.pid).area_of(buffer)).bits & gfp::kDirectReclaim, 0U);
}

TEST(HugeMemory, unmapping_a_whole_one_frees_block_and_table_at_once) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(2);
    machine.write(machine.pid, buffer);
    const u32 free = machine.free_frames(), tables = machine.mm(machine.pid).tables[0];
    machine.write(machine.pid, buffer + machine.span);
    machine.munmap(machine.pid, buffer + machine.span, machine.span);
    EXPECT_EQ(machine.free_frames(), free);
    EXPECT_EQ(machine.mm(machine.pid).tables[0], tables);
    EXPECT_EQ(machine.counted(VmCounter::thp_split_pmd), 0U);
    EXPECT_FALSE(machine.leaf(machine.pid, buffer).is_none());
}

TEST(HugeMemory, unmapping_a_half_frees_nothing_until_reclaim_splits_the_page) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(1);
    machine.write(machine.pid, buffer);
    const u32 free = machine.free_frames(), before = machine.anon(machine.pid);
    machine.munmap(machine.pid, buffer, machine.span / 2);
    EXPECT_EQ(machine.free_frames(), free);
    EXPECT_EQ(machine.anon(machine.pid), before - machine.pages / 2) << "the process has given them up";
    EXPECT_EQ(machine.counted(VmCounter::thp_split_pmd), 1U);
    EXPECT_EQ(machine.counted(VmCounter::thp_deferred_split_page), 1U);
    EXPECT_EQ(machine.counted(VmCounter::thp_split_page), 0U);
    EXPECT_EQ(machine.counted(VmCounter::nr_anon_transparent_hugepages), 0U) << "no leaf maps it";
    EXPECT_EQ(machine.counted(VmCounter::nr_anon_pages), machine.anon(machine.pid) + machine.anon(kInitPid) - 1)
        << "the page of init's stack is shared";
    machine.reclaim();
    EXPECT_EQ(machine.counted(VmCounter::thp_split_page), 1U);
    EXPECT_EQ(machine.free_frames(), free + machine.pages / 2);
    EXPECT_EQ(machine.anon(machine.pid), before - machine.pages / 2);
}

TEST(HugeMemory, the_last_page_unmapped_frees_the_block_as_a_whole) {
    HugeMachine machine;
    const u32 free = machine.free_frames();
    const u64 buffer = machine.map_huge(1);
    machine.write(machine.pid, buffer);
    for (u32 page = 0; page < machine.pages; page += 64) {
        EXPECT_FALSE(machine.memory.node_data()[0].split_queue.empty() && page != 0);
        machine.calls(machine.pid).madvise(buffer + page * u64{kPageSize}, 64 * u64{kPageSize}, advice::kDontNeed);
        ASSERT_EQ(machine.memory.check(), "");
    }
    EXPECT_TRUE(machine.memory.node_data()[0].split_queue.empty());
    machine.munmap(machine.pid, buffer, machine.span);
    EXPECT_EQ(machine.free_frames(), free);
    EXPECT_EQ(machine.counted(VmCounter::thp_split_page), 0U);
}

TEST(HugeMemory, mprotect_works_on_the_leaf_or_splits_it) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(2);
    machine.write(machine.pid, buffer);
    machine.write(machine.pid, buffer + machine.span);
    machine.mprotect(machine.pid, buffer, machine.span, kRead);
    EXPECT_TRUE(machine.leaf(machine.pid, buffer).has(entry_bit::kLarge));
    EXPECT_FALSE(machine.leaf(machine.pid, buffer).has(entry_bit::kWrite));
    machine.mprotect(machine.pid, buffer, machine.span, 0);
    EXPECT_FALSE(machine.leaf(machine.pid, buffer).is_present());
    machine.mprotect(machine.pid, buffer, machine.span, kRead | kWrite);
    EXPECT_EQ(machine.write(machine.pid, buffer).faults, 0U) << "it is nobody else's";
    EXPECT_EQ(machine.counted(VmCounter::thp_split_pmd), 0U);
    machine.mprotect(machine.pid, buffer + machine.span, kPageSize, kRead);
    EXPECT_EQ(machine.counted(VmCounter::thp_split_pmd), 1U);
    EXPECT_TRUE(machine.entry(machine.pid, buffer + machine.span + kPageSize).has(entry_bit::kWrite));
    EXPECT_EQ(machine.write(machine.pid, buffer + machine.span + kPageSize).faults, 0U);
}

TEST(HugeMemory, a_fork_shares_it_and_a_write_copies_one_page_until_one_is_alone) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(1);
    const Pfn head = machine.write(machine.pid, buffer).pfn;
    const u32 child = machine.fork(machine.pid);
    EXPECT_EQ(machine.leaf(child, buffer).pfn(), head);
    EXPECT_FALSE(machine.leaf(machine.pid, buffer).has(entry_bit::kWrite));
    EXPECT_FALSE(machine.leaf(child, buffer).has(entry_bit::kAccessed)) << "the child has not used it";
    EXPECT_EQ(machine.memory.frames().entire_mapcount(head), 2U);
    EXPECT_EQ(machine.mm(child).deposited.size(), 1U);
    const Pfn copy = machine.write(child, buffer + kPageSize).pfn;
    EXPECT_NE(copy, head + 1);
    EXPECT_EQ(machine.count(TraceKind::thp_split_pmd), 1U);
    EXPECT_EQ(machine.count(TraceKind::copy_page), 1U);
    EXPECT_EQ(machine.entry(child, buffer).pfn(), head);
    EXPECT_EQ(machine.memory.frames().page_mapcount(head), 2U);
    EXPECT_EQ(machine.memory.frames().page_mapcount(head + 1), 1U);
    machine.exit(child);
    EXPECT_EQ(machine.write(machine.pid, buffer).pfn, head) << "alone again: where it is";
    EXPECT_EQ(machine.count(TraceKind::wp_page_reuse), 1U);
}

TEST(HugeMemory, single_pages_that_a_fork_shared_are_copied_even_by_the_last_owner) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(1);
    const Pfn head = machine.write(machine.pid, buffer).pfn;
    machine.mprotect(machine.pid, buffer, kPageSize, kRead);  // single entries, still one block
    const u32 child = machine.fork(machine.pid);
    machine.exit(child);
    machine.mprotect(machine.pid, buffer, kPageSize, kRead | kWrite);
    EXPECT_NE(machine.write(machine.pid, buffer).pfn, head) << "nothing says that nobody else has it";
    EXPECT_EQ(machine.counted(VmCounter::thp_deferred_split_page), 1U) << "a page of it has no mapping now";
    EXPECT_EQ(machine.write(machine.pid, buffer).faults, 0U);
}

TEST(HugeMemory, single_pages_that_no_fork_shared_are_written_where_they_are) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(1);
    const Pfn head = machine.write(machine.pid, buffer).pfn;
    machine.mprotect(machine.pid, buffer, kPageSize, kRead);
    machine.mprotect(machine.pid, buffer, kPageSize, kRead | kWrite);
    EXPECT_EQ(machine.write(machine.pid, buffer).pfn, head);
}

TEST(HugeMemory, it_is_split_before_it_goes_to_swap_and_comes_back_as_single_pages) {
    HugeMachine machine;
    ASSERT_GE(Swap(machine.memory, 0, machine.trace).swapon(16 << 20, 0, 1), 0);
    const u64 buffer = machine.map_huge(1);
    machine.write(machine.pid, buffer);
    const u64 listed = machine.counted(VmCounter::nr_inactive_anon);
    EXPECT_GE(listed, machine.pages);
    machine.reclaim(8);
    EXPECT_EQ(machine.counted(VmCounter::thp_split_page), 1U);
    EXPECT_EQ(machine.counted(VmCounter::thp_swpout_fallback), 1U);
    EXPECT_GE(machine.counted(VmCounter::pswpout), u64{machine.pages});
    EXPECT_TRUE(machine.entry(machine.pid, buffer).is_swap());
    EXPECT_EQ(machine.read(machine.pid, buffer + 9 * kPageSize).faults, 1U);
    EXPECT_EQ(machine.anon(machine.pid), 1U);
}

TEST(HugeMemory, compaction_leaves_it_where_it_is) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(1);
    const Pfn head = machine.write(machine.pid, buffer).pfn;
    Compaction(machine.memory, 0, machine.trace).compact_all();
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.leaf(machine.pid, buffer).pfn(), head);
}

TEST(HugeMemory, the_tlb_holds_it_as_one_page_and_forgets_it_by_one_invlpg) {
    HugeMachine machine;
    const u64 buffer = machine.map_huge(1);
    machine.write(machine.pid, buffer);
    const Tlb& tlb = *machine.memory.processes().cpus[0].tlb;
    const u64 walks = tlb.counts().walks[1], flushed = machine.counted(VmCounter::nr_tlb_local_flush_one);
    for (u32 page = 0; page < machine.pages; ++page)
        Mmu(machine.memory, 0, 1, machine.trace).access(machine.pid, buffer + page * u64{kPageSize}, Access::write);
    EXPECT_EQ(tlb.counts().walks[1], walks) << "not one miss in 512 pages";
    machine.calls(machine.pid).madvise(buffer, machine.span, advice::kDontNeed);
    EXPECT_EQ(machine.counted(VmCounter::nr_tlb_local_flush_one), flushed + 1);
}

TEST(HugeMemory, leaving_never_and_coming_back_sets_the_marks_as_khugepaged_does) {
    PageAllocator memory(Arch::x86_64, profile_6_12(), u64{1} << 18, 1, 1);
    const u32 raised = memory.sysctl().min_free_kbytes;
    EXPECT_EQ(memory.sysctl().thp(), ThpEnabled::madvise);
    VmSysctl sysctl = memory.sysctl();
    sysctl.transparent_hugepage = static_cast<u32>(ThpEnabled::never);
    memory.write_sysctl(SysctlName::transparent_hugepage, sysctl);
    EXPECT_LT(memory.sysctl().min_free_kbytes, raised / 4) << "the square-root rule alone";
    sysctl = memory.sysctl();
    sysctl.transparent_hugepage = static_cast<u32>(ThpEnabled::always);
    memory.write_sysctl(SysctlName::transparent_hugepage, sysctl);
    EXPECT_EQ(memory.sysctl().min_free_kbytes, raised);
}

}  // namespace
}  // namespace mmscope
