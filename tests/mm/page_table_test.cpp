// Page tables: how an address is cut, what a walk reads, large leaves, swap entries, the frames that tables take.
#include "mm/page_table.h"

#include "process_machine.h"

namespace mmscope {
namespace {

using test::ProcessMachine;

TEST(PageTable, an_address_is_cut_into_indices_by_the_processor_s_mode) {
    const PagingMode four = paging_mode(Arch::x86_64);
    const u64 address = u64{1} << 39 | u64{2} << 30 | u64{3} << 21 | u64{4} << 12 | 5;
    for (u32 height = 0; height < 4; ++height) EXPECT_EQ(four.index(address, height), 4 - height);
    const PagingMode two = paging_mode(Arch::x86_32);
    EXPECT_EQ(two.index(0xc0000000, 1), 768U);
    EXPECT_EQ(two.index(0xc03ff000, 0), 1023U);
    EXPECT_EQ(paging_mode(Arch::x86_32_pae).index(0xc0000000, 2), 3U);
    EXPECT_EQ(paging_mode(Arch::x86_64, FiveLevels::yes).index(u64{7} << 48, 4), 7U);
}

TEST(PageTable, canonical_addresses_have_equal_upper_bits) {
    const PagingMode four = paging_mode(Arch::x86_64);
    EXPECT_TRUE(four.is_canonical(0x7fffffffffff));
    EXPECT_FALSE(four.is_canonical(0x800000000000));
    EXPECT_TRUE(four.is_canonical(0xffff800000000000));
    EXPECT_FALSE(four.is_canonical(0xfffe800000000000));
    EXPECT_TRUE(paging_mode(Arch::x86_64, FiveLevels::yes).is_canonical(0x800000000000));
    EXPECT_FALSE(paging_mode(Arch::x86_32).is_canonical(0x100000000));
}

TEST(PageTable, a_walk_reads_one_entry_a_level_and_says_where_it_stands) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, kPageSize);
    const Pfn frame = machine.write(pid, buffer).pfn;
    const Walk walk = machine.tables(pid).walk(buffer + 0x123);
    ASSERT_EQ(walk.count, 4U);
    EXPECT_TRUE(walk.is_leaf());
    EXPECT_EQ(walk.physical(paging_mode(Arch::x86_64), buffer + 0x123), (u64{frame.value} << 12) + 0x123);
    EXPECT_EQ(walk.steps[0].entry_address, (u64{machine.mm(pid).pgd.value} << 12) + u64{walk.steps[0].index} * 8);
    for (u32 step = 0; step < 3; ++step) {
        EXPECT_EQ(walk.steps[step + 1].entry_address >> 12, walk.steps[step].entry.pfn().value);
        EXPECT_EQ(frame_state::owner(machine.memory.frames().state(walk.steps[step].entry.pfn())), Owner::page_table);
    }
    const u64 leaf = entry_bit::kPresent | entry_bit::kWrite | entry_bit::kUser | entry_bit::kAccessed |
                     entry_bit::kDirty | entry_bit::kNoExecute;
    EXPECT_EQ(walk.last().entry.flags(), leaf);
    EXPECT_EQ(machine.tables(pid).walk(0x400000000000).count, 1U) << "an empty entry of the PML4";
}

TEST(PageTable, each_architecture_has_its_levels) {
    for (const auto& [arch, levels] : {std::pair(Arch::x86_64, 4U), {Arch::x86_32_pae, 3U}, {Arch::x86_32, 2U}}) {
        ProcessMachine machine(arch);
        const u32 pid = machine.fork();
        const u64 buffer = machine.map(pid, kPageSize);
        machine.write(pid, buffer);
        EXPECT_EQ(machine.tables(pid).walk(buffer).count, levels);
    }
}

// pid1.status of i386-686-pae-2G: VmPTE 32 kB is five PTE tables and three PMD tables, of which the maps want two.
TEST(PageTable, with_pae_a_process_has_its_pmd_tables_from_the_start) {
    for (const Profile& profile : profiles()) {
        ProcessMachine machine(Arch::x86_32_pae, 64, profile);
        const u32 before = machine.memory.processes().tables.tables();
        const u32 pid = machine.fork();
        EXPECT_EQ(machine.mm(pid).tables[1], profile.name == "7.2" ? 4U : 3U) << profile.name;
        EXPECT_EQ(machine.mm(pid).tables[0], 1U) << profile.name;
        const u64 buffer = machine.map(pid, kPageSize);
        machine.write(pid, buffer);
        EXPECT_EQ(machine.munmap(pid, buffer, kPageSize), 0);
        machine.exit(pid);
        EXPECT_EQ(machine.memory.processes().tables.tables(), before) << profile.name;
    }
}

// The task table of amd64-6.1-256M-oom-tail has 152 pages, and its report says pagetables:138, with those of init: PUD
// tables do not count there.
TEST(PageTable, which_tables_nr_page_table_pages_counts_is_the_kernel_s) {
    const std::pair<std::string_view, u32> heights[] = {{"2.6", 1}, {"6.1", 2}, {"6.12", 3}, {"7.2", 4}};
    for (const auto& [kernel, most] : heights) {
        for (const Arch arch : {Arch::x86_64, Arch::x86_32}) {
            ProcessMachine machine(arch, 64, *profile_for(kernel).profile);
            const u32 pid = machine.fork();
            machine.write(pid, machine.map(pid, 8 << 20));
            u64 expected = 0;
            for (const u32 each : {kInitPid, pid}) {
                const Mm& mm = machine.mm(each);
                for (u32 height = 0; height < most; ++height) expected += mm.tables[height];
                expected += kernel == "7.2" ? 1 : 0;
            }
            EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_page_table_pages), expected) << kernel;
        }
    }
}

TEST(PageTable, a_large_leaf_ends_the_walk_higher_up) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u32 mm = machine.memory.processes().processes[pid - 1].mm;
    PageTables tables(machine.memory, mm, 0, machine.trace);
    const u64 flags = entry_bit::kPresent | entry_bit::kUser | entry_bit::kLarge;
    const u64 two_mib = 0x40000000, one_gib = 0x8000000000;
    tables.write(*tables.make(two_mib, 1, 1), PageEntry::of({0x200}, flags));
    tables.write(*tables.make(one_gib, 2, 1), PageEntry::of({0x40000}, flags));
    const PagingMode mode = paging_mode(Arch::x86_64);
    EXPECT_EQ(tables.walk(two_mib + 0x12345).count, 3U);
    EXPECT_EQ(tables.walk(two_mib + 0x12345).physical(mode, two_mib + 0x12345), 0x212345U);
    EXPECT_EQ(tables.walk(one_gib + 0x12345678).count, 2U);
    EXPECT_EQ(tables.walk(one_gib + 0x12345678).physical(mode, one_gib + 0x12345678), 0x40000000U + 0x12345678);
    EXPECT_FALSE(tables.find(two_mib)) << "there is no PT";
    u32 leaves = 0;
    tables.for_each(two_mib, one_gib + 1, [&](u64, EntryPlace, PageEntry, u32 height) { leaves += height; });
    EXPECT_EQ(leaves, 3U);
    EXPECT_EQ(tables.check(), "no table waits beside a huge page (process 2)") << "they are nobody's";
    tables.write(*tables.find_at(two_mib, 1), {});
    tables.write(*tables.find_at(one_gib, 2), {});
    tables.free_detached(tables.detach_range(two_mib, one_gib + kPageSize, 0, machine.mm(pid).areas.front().start));
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(PageTable, a_swap_entry_keeps_type_and_inverted_offset_and_is_not_present) {
    const PageEntry entry = PageEntry::swapped(3, 0x12345);
    EXPECT_FALSE(entry.is_present());
    EXPECT_FALSE(entry.has_page());
    EXPECT_TRUE(entry.is_swap());
    EXPECT_EQ(entry.swap_type(), 3U);
    EXPECT_EQ(entry.swap_offset(), 0x12345U);
    EXPECT_EQ(entry.bits >> 57 & 3, 3U) << "the offset stands inverted, against L1TF";
}

TEST(PageTable, four_byte_entries_lie_two_to_a_word) {
    TableStore store;
    const u32 slot = store.take({7}, 0);
    store.write(slot, 0, 4, {0x11});
    store.write(slot, 1, 4, {0x22});
    EXPECT_EQ(store.words()[0], 0x2200000011U);
    EXPECT_EQ(store.read(slot, 1, 4).bits, 0x22U);
    EXPECT_EQ(store.used(slot), 2U);
    store.give_back(slot);
    EXPECT_EQ(store.tables(), 0U);
    EXPECT_EQ(store.take({9}, 0), slot);
}

}  // namespace
}  // namespace mmscope
