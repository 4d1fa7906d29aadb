// The frames that a number counts are as many as the number says.
#include "play/counted_frames.h"

#include <gtest/gtest.h>

#include "play/process_view.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::run_script;

u32 count(const Session& session, std::string_view text) {
    const std::optional<FramesOf> what = read_frames_of(text);
    EXPECT_TRUE(what.has_value()) << text;
    return what ? frames_of(session.snapshot(), *what).size() : 0;
}

const std::string kZones = "machine x86_64 { ram = 64M; cpus = 2 }\n";

TEST(FrameSet, CountsInRangesWhateverTheOrderOfItsFrames) {
    FrameSet set;
    for (const u32 pfn : {9, 3, 4, 3, 20}) set.add({pfn});
    set.add({8}, 3);
    set.settle();
    EXPECT_EQ(set.size(), 6U);
    EXPECT_EQ(set.count({4}, 6), 3U);
    EXPECT_TRUE(set.has({20}));
    EXPECT_FALSE(set.has({5}));
    EXPECT_EQ(FrameSet().size(), 0U);
}

TEST(CountedFrames, AreTheBlocksOfAColumnOfBuddyinfo) {
    Session session;
    ASSERT_FALSE(run_script(session, kZones + "repeat 9 { a[] = alloc_pages(GFP_KERNEL, 2) }\n__free_pages(a[4], 2)"));
    u32 all = 0;
    for (const Zone& zone : session.snapshot().memory().zones()) {
        if (!zone.is_populated()) continue;
        for (u32 order = 0; order <= kMaxPageOrder; ++order) {
            const std::string text = "node 0 zone " + std::string(zone.name()) + " order " + std::to_string(order);
            const u32 blocks = zone.area.nr_free({static_cast<u8>(order)});
            EXPECT_EQ(count(session, text), blocks << order) << text;
            EXPECT_EQ(count(session, text + " type Unmovable"), zone.area.count[order][0] << order) << text;
            all += blocks;
        }
        EXPECT_EQ(count(session, std::string("zone ") + zone.name()), zone.spanned);
    }
    EXPECT_GT(all, 0U);
    EXPECT_EQ(count(session, "node 1"), 0U) << "there is one node";
}

TEST(CountedFrames, AreTheListsOfACpu) {
    Session session;
    ASSERT_FALSE(run_script(session, kZones + "a = alloc_page(GFP_KERNEL)\n__free_page(a)"));
    const PageAllocator& memory = session.snapshot().memory();
    u32 all = 0;
    for (const Zone& zone : memory.zones()) {
        if (!zone.is_populated()) continue;
        const std::string text = "node 0 zone " + std::string(zone.name()) + " cpu ";
        all += count(session, text + "0");
        EXPECT_EQ(count(session, text + "1"), 0U);
    }
    u32 listed = 0;
    for (u32 pfn = 0; pfn < memory.frames().frames(); ++pfn) listed += frame_state::is_on_pcp(memory.frames().state({pfn}));
    EXPECT_EQ(all, listed);
    EXPECT_GT(all, 0U);
}

TEST(CountedFrames, AreThePagesOfAnLruList) {
    Session session;
    ASSERT_FALSE(run_script(session, kZones + "f = open(30)\ntouch(f)\nm = mmap(5)\ntouch(m)"));
    const PageAllocator& memory = session.snapshot().memory();
    for (u32 at = 0; at < kLruLists; ++at)
        EXPECT_EQ(count(session, std::string("node 0 list ") + kLruListNames[at]), memory.lru_size(0, static_cast<LruList>(at)));
    EXPECT_EQ(count(session, "list inactive_file"), 30U);
}

TEST(CountedFrames, AreTheResidentPagesOfAProcess) {
    Session session;
    ASSERT_FALSE(run_script(session, kZones + "p = fork(init)\n"
                                              "as p { m = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)\n"
                                              "write(m)\nwrite(m + 8K)\nread(m + 16K) }"));
    const PageAllocator& memory = session.snapshot().memory();
    const Mm& mm = memory.processes().mm(2);
    EXPECT_EQ(count(session, "process 2"), mm.resident());
    EXPECT_EQ(count(session, "process 2 rss anon"), mm.rss[static_cast<u32>(RssKind::anon)]);
    EXPECT_EQ(count(session, "process 2 rss file"), mm.rss[static_cast<u32>(RssKind::file)]);
    bool is_found = false;
    for (const AreaView& area : area_views(memory, 2)) {
        if (area.end - area.start != 65536) continue;
        const auto range = " from " + std::to_string(area.start) + " to " + std::to_string(area.end);
        EXPECT_EQ(count(session, "process 2" + range), 2U) << "the zero page counts for nobody";
        is_found = true;
    }
    EXPECT_TRUE(is_found);
    EXPECT_EQ(count(session, "process 77"), 0U);
}

TEST(CountedFrames, AreTheSlabsOfACache) {
    for (const char* const kernel : {"6.12", "2.6.26"}) {
        Session session;
        ASSERT_FALSE(run_script(session, "machine x86_64 { ram = 64M; kernel = \"" + std::string(kernel) + "\" }\n" +
                                             "c = kmem_cache_create(\"mine\", 700)\n"
                                             "repeat 40 { a[] = kmem_cache_alloc(c, GFP_KERNEL) }"));
        for (const CacheView& view : cache_views(*session.snapshot().machine)) {
            const u32 frames = static_cast<u32>(view.counters.slabs * view.layout.order.frames());
            EXPECT_EQ(count(session, "cache " + std::string(view.name)), frames) << kernel << view.name;
        }
        EXPECT_GT(count(session, "cache mine"), 0U) << kernel;
        EXPECT_EQ(count(session, "cache nothing"), 0U);
    }
}

TEST(CountedFrames, AreNamedByPairsOfKnownWords) {
    for (const char* const text : {"", "   ", "zone", "zone Nowhere", "node x", "order", "process init", "list both", "colour red"})
        EXPECT_FALSE(read_frames_of(text)) << text;
    EXPECT_EQ(read_frames_of("node 0 zone DMA"), read_frames_of(" node 0  zone DMA "));
}

}  // namespace
}  // namespace mmscope
