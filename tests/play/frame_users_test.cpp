// Who maps a frame, and whose page table one is.
#include "play/frame_users.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "play/looking.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::run_script;

constexpr const char* kForked =
    "sh = fork(init)\n"
    "as sh {\n"
    "  m = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7f0000000000)\n"
    "  write(m + 4K)\n"
    "}\n"
    "child = fork(sh)\n";
const std::string kHuge =
    "machine x86_64 { ram = 64M }\nsysctl transparent_hugepage = \"always\"\nsh = fork(init)\n"
    "as sh {\n"
    "  m = mmap(4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7f0000000000)\n"
    "  write(m)\n"
    "}\n";

u64 number_of(const Session& session, std::string_view expression) {
    const Result<ScriptValue> value = session.evaluate(expression);
    const std::optional<u64> number = value ? read_address(value->text) : std::nullopt;
    EXPECT_TRUE(number) << expression;
    return number.value_or(0);
}
Pfn frame_of(const Session& session, const std::string& page) {
    return {static_cast<u32>(number_of(session, "pfn(" + page + ")"))};
}
FrameMappers mappers(const Session& session, Pfn pfn) { return frame_mappers(session.snapshot().memory(), pfn, 32); }

// Of every frame of the machine, so many mappings are told as _mapcount counts.
void expect_agreement(const Session& session) {
    const PageAllocator& memory = session.snapshot().memory();
    for (u32 pfn = 0; pfn < memory.frames().frames(); ++pfn) {
        const FrameMappers found = mappers(session, {pfn});
        ASSERT_EQ(found.first.size() + found.more, mapcount(memory, {pfn})) << pfn;
        for (const MapperView& mapper : found.first) {
            if (mapper.pid == 0) continue;
            ASSERT_TRUE(walk_meets(memory, {mapper.pid, mapper.address}, {pfn})) << pfn;
        }
    }
}

TEST(FrameMappers, of_a_page_shared_after_fork_are_parent_and_child_neither_of_which_may_write) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib(kForked)));
    const Pfn pfn = frame_of(session, "follow_page(m + 4K, sh)");
    const FrameMappers found = mappers(session, pfn);
    ASSERT_EQ(found.first.size(), 2U);
    EXPECT_EQ(found.more, 0U);
    for (u32 i = 0; i < 2; ++i) {
        EXPECT_EQ(found.first[i].pid, 2 + i);
        EXPECT_EQ(found.first[i].address, 0x7f0000001000U);
        EXPECT_EQ(found.first[i].area, "");
        EXPECT_EQ(found.first[i].pages, 1U);
        EXPECT_EQ(entry_flags(found.first[i].entry.summary()), i == 0 ? "P US A D NX" : "P US D NX");
    }
    expect_agreement(session);
}

TEST(FrameMappers, of_a_files_page_have_addresses_of_their_own) {
    Session session;
    const std::string script = testing::on_16_mib(
        "lib = open(8)\ntouch(lib)\na = fork(init)\nb = fork(init)\n"
        "as a {\n  x = mmap(32K, PROT_READ, MAP_SHARED, lib)\n  read(x + 12K)\n}\n"
        "as b {\n  y = mmap(16K, PROT_READ, MAP_PRIVATE, lib, 8K)\n  read(y + 4K)\n}\n");
    ASSERT_FALSE(run_script(session, script));
    const FrameMappers found = mappers(session, frame_of(session, "follow_page(x + 12K, a)"));
    ASSERT_EQ(found.first.size(), 2U);
    EXPECT_EQ(found.first[0].address, number_of(session, "x + 12K"));
    EXPECT_EQ(found.first[1].address, number_of(session, "y + 4K"));
    EXPECT_EQ(found.first[0].area, "file 0");
    expect_agreement(session);
}

TEST(FrameMappers, after_the_first_are_only_counted) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib(std::string(kForked) + "repeat 39 { fork(sh) }\n")));
    const FrameMappers found = mappers(session, frame_of(session, "follow_page(m + 4K, sh)"));
    EXPECT_EQ(found.first.size(), 32U);
    EXPECT_EQ(found.more, 9U);
}

TEST(FrameMappers, of_a_huge_pages_frames_are_one_leaf_with_an_address_for_each) {
    Session session;
    ASSERT_FALSE(run_script(session, kHuge));
    const Pfn head = frame_of(session, "follow_page(m, sh)");
    for (const u32 part : {0U, 1U, 511U}) {
        const FrameMappers found = mappers(session, head + part);
        ASSERT_EQ(found.first.size(), 1U);
        EXPECT_EQ(found.first[0].pages, 512U);
        EXPECT_EQ(found.first[0].address, 0x7f0000000000 + u64{part} * kPageSize);
    }
    expect_agreement(session);
}

TEST(FrameMappers, of_a_huge_page_that_one_process_has_split_are_its_leaf_and_single_entries) {
    Session session;
    ASSERT_FALSE(run_script(session, kHuge + "child = fork(sh)\nas child { mprotect(m, 4K, PROT_READ) }\n"));
    expect_agreement(session);
}

TEST(FrameMappers, of_the_scripts_own_memory_have_no_page_table) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib("f = open(2)\ntouch(f)\nm = mmap(8K)\ntouch(m)\n")));
    const MappingTable& table = session.snapshot().memory().mapping_table();
    const FrameMappers found = mappers(session, table.page(1, 1));
    ASSERT_EQ(found.first.size(), 1U);
    EXPECT_EQ(found.first[0].pid, 0U);
    EXPECT_EQ(found.first[0].address, table.mappings[1].address + kPageSize);
    EXPECT_TRUE(mappers(session, table.page(0, 0)).first.empty()) << "read, not mapped";
    EXPECT_EQ(place_of_frame(*session.snapshot().machine, table.page(1, 1), 0), std::nullopt);
    expect_agreement(session);
}

TEST(PageTableView, knows_every_table_of_every_process_by_its_level) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib(kForked)));
    const Machine& machine = *session.snapshot().machine;
    const PageAllocator& memory = machine.memory();
    u32 tables = 0;
    for (u32 pfn = 0; pfn < memory.frames().frames(); ++pfn) {
        const std::optional<TableView> view = page_table_view(machine, {pfn});
        if (!view) continue;
        ++tables;
        const std::optional<ProcessPlace> place = place_of_frame(machine, {pfn}, 0);
        ASSERT_TRUE(place) << pfn;
        EXPECT_EQ(place->pid, view->pid);
        EXPECT_TRUE(walk_meets(memory, *place, {pfn})) << pfn;
    }
    EXPECT_EQ(tables, memory.processes().tables.tables());
    const Walk walk = walk_view(memory, 2, 0x7f0000001000);
    const std::optional<TableView> leaf = page_table_view(machine, walk.steps[2].entry.pfn());
    ASSERT_TRUE(leaf);
    EXPECT_EQ(leaf->pid, 2U);
    EXPECT_EQ(leaf->height, 0U);
    EXPECT_EQ(leaf->address, 0x7f0000000000U);
    EXPECT_EQ(page_table_view(machine, memory.processes().mm(2).pgd)->height, 3U);
}

TEST(PageTableView, knows_the_table_that_waits_beside_a_huge_page_and_the_kernels_own) {
    Session session;
    ASSERT_FALSE(run_script(session, kHuge + "v = vmalloc(12K)\n"));
    const Machine& machine = *session.snapshot().machine;
    const std::vector<DepositedTable>& deposited = machine.memory().processes().mm(2).deposited;
    ASSERT_FALSE(deposited.empty());
    const std::optional<TableView> waiting = page_table_view(machine, deposited[0].pfn);
    ASSERT_TRUE(waiting);
    EXPECT_TRUE(waiting->is_deposited);
    EXPECT_EQ(waiting->pid, 2U);
    u32 of_kernel = 0;
    for (u32 pfn = 0; pfn < machine.memory().frames().frames(); ++pfn) {
        const std::optional<TableView> view = page_table_view(machine, {pfn});
        of_kernel += view && view->pid == 0 ? 1 : 0;
    }
    EXPECT_EQ(of_kernel, machine.heap().vmalloc().table_pages());
}

TEST(SwapCacheSlot, is_that_of_a_page_which_came_back_and_was_not_written_since) {
    Session session;
    ASSERT_FALSE(run_script(session,
                            "machine x86_64 { ram = 64M; swap = 64M }\n"
                            "a = fork(init)\nas a { old = mmap(20M)\n touch(old, 20M) }\n"
                            "b = fork(init)\nas b { new = mmap(40M)\n touch(new, 40M) }\n"
                            "as a { read(old) }\n"));
    const PageAllocator& memory = session.snapshot().memory();
    u32 cached = 0;
    for (u32 pfn = 0; pfn < memory.frames().frames(); ++pfn) {
        const std::optional<SwapEntry> slot = swap_cache_slot(memory, {pfn});
        if (!slot) continue;
        ++cached;
        EXPECT_EQ(memory.swap().cached(*slot), Pfn{pfn});
    }
    EXPECT_EQ(cached, memory.swap().cached_pages());
    EXPECT_TRUE(swap_cache_slot(memory, frame_of(session, "follow_page(old, a)")));
    expect_agreement(session);
}

TEST(PlaceOfFrame, stays_with_the_process_that_is_shown_if_it_maps_the_frame) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib(kForked)));
    const Machine& machine = *session.snapshot().machine;
    const Pfn pfn = frame_of(session, "follow_page(m + 4K, sh)");
    EXPECT_EQ(place_of_frame(machine, pfn, 3), (ProcessPlace{3, 0x7f0000001000}));
    EXPECT_EQ(place_of_frame(machine, pfn, 1), (ProcessPlace{2, 0x7f0000001000}));
    EXPECT_EQ(place_of_frame(machine, {0x300}, 2), std::nullopt) << "free";
    EXPECT_EQ(place_of_frame(machine, kNoPfn, 2), std::nullopt);
    EXPECT_FALSE(walk_meets(machine.memory(), {9, 0}, pfn)) << "no such process";
}

}  // namespace
}  // namespace mmscope
