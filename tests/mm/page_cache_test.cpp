// Pages of files and of anonymous memory: when they come, which list they stand on, how they go.
#include "paged_machine.h"

namespace mmscope {
namespace {

using test::PagedMachine;

TEST(PageCache, a_file_has_no_page_in_memory_before_it_is_touched) {
    PagedMachine machine;
    const u32 file = machine.file(100);
    EXPECT_EQ(machine.resident(file), 0U);
    EXPECT_EQ(machine.frame(file, 7), kNoPfn);
    EXPECT_EQ(machine.touch(file, 7, 3).brought_in, 3U);
    EXPECT_EQ(machine.resident(file), 3U);
    EXPECT_EQ(frame_state::owner(machine.memory.frames().state(machine.frame(file, 7))), Owner::page_cache);
}

TEST(PageCache, the_second_use_of_a_page_makes_it_active) {
    PagedMachine machine;
    const u32 file = machine.file(4);
    machine.touch(file);
    EXPECT_EQ(machine.size(LruList::inactive_file), 4U);
    EXPECT_EQ(machine.touch(file, 1, 1).brought_in, 0U);
    EXPECT_EQ(machine.size(LruList::inactive_file), 3U);
    EXPECT_EQ(machine.size(LruList::active_file), 1U);
    EXPECT_TRUE(machine.memory.frames().mapped(machine.frame(file, 1)).active);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgactivate), 1U);
}

TEST(PageCache, new_pages_stand_at_the_head_of_their_list) {
    PagedMachine machine;
    const u32 file = machine.file(3);
    machine.touch(file);
    std::vector<Pfn> pages;
    machine.memory.lru(0).list_pages(LruList::inactive_file, 10, &pages);
    const std::vector<Pfn> newest_first = {machine.frame(file, 2), machine.frame(file, 1), machine.frame(file, 0)};
    EXPECT_EQ(pages, newest_first);
}

TEST(PageCache, anonymous_pages_start_inactive_since_5_9_and_active_before) {
    PagedMachine now;
    now.touch(now.area(5));
    EXPECT_EQ(now.size(LruList::inactive_anon), 5U);
    PagedMachine then(64, profile_2_6());
    then.touch(then.area(5));
    EXPECT_EQ(then.size(LruList::active_anon), 5U);
}

TEST(PageCache, unmapping_gives_every_frame_back) {
    PagedMachine machine;
    const u32 area = machine.area(50);
    machine.touch(area);
    const u32 listed = machine.memory.pcp_count(machine.zone().position);
    const u32 free = machine.zone().free_pages;
    EXPECT_EQ(machine.cache().unmap(area), 50U);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.zone().free_pages + machine.memory.pcp_count(machine.zone().position), free + listed + 50);
    EXPECT_EQ(machine.size(LruList::inactive_anon), 0U);
}

TEST(PageCache, dropping_caches_leaves_anonymous_memory_alone) {
    PagedMachine machine;
    const u32 file = machine.file(20), area = machine.area(10);
    machine.touch(file);
    machine.touch(area);
    EXPECT_EQ(machine.cache().drop_caches(), 20U);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.resident(file), 0U);
    EXPECT_EQ(machine.resident(area), 10U);
    EXPECT_EQ(machine.touch(file).brought_in, 20U);  // read again
}

TEST(PageCache, a_page_call_may_not_free_a_page_of_a_file) {
    PagedMachine machine;
    const u32 file = machine.file(1);
    machine.touch(file);
    EXPECT_EQ(machine.memory.free_fault(machine.frame(file, 0), {0}), FreeFault::on_lru);
}

TEST(PageCache, areas_lie_below_one_another_and_are_found_by_address) {
    PagedMachine machine;
    const u32 first = machine.area(16), second = machine.area(4);
    const std::vector<Mapping>& mappings = machine.memory.mapping_table().mappings;
    EXPECT_EQ(mappings[first].address - mappings[second].address, 4 * u64{kPageSize});
    EXPECT_EQ(machine.memory.mapping_table().find(mappings[first].address + 5000),
              &machine.memory.mapping_table().mappings[first]);
    EXPECT_EQ(machine.memory.mapping_table().find(mappings[first].address + 16 * u64{kPageSize}), nullptr);
}

}  // namespace
}  // namespace mmscope
