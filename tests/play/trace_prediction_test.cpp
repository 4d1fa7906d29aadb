#include "play/trace_prediction.h"

#include <gtest/gtest.h>

#include <string>

#include "play/loaded_dump.h"

namespace mmscope {
namespace {

using Outcome = TracePrediction::Outcome;
constexpr std::string_view kKernel = "GFP_KERNEL";

// CPU 0 has frames 2048 to 2053 of DMA; frames 1024 to 1055 are a free block.
TracePrediction small_machine() {
    const auto dumps = parse_kernel_dumps(
        "FREELISTS now\n"
        "ZONE n0 DMA start_pfn=1 spanned=4095 present=3998 managed=3840 wmark=2,4,6 boost=0 nr_free_highatomic_reserved=0 flags=0 "
        "lowmem_reserve=0,0,0,0,0\n"
        "FL n0 DMA o5 t0: 1024\n"
        "PCPSET n0 DMA cpu0 count=6 high=12 batch=1\n"
        "PCP n0 DMA cpu0 list0: 2048 2049 2050 2051 2052 2053\n"
        "END\n"
        "PAGEBLOCKS n0 DMA start=1 pageblock_order=9:UMUMUMMM\n");
    EXPECT_TRUE(dumps);
    auto memory = load_dump(dumps->front(), Arch::x86_64, profile_6_1(), 1);
    EXPECT_TRUE(memory);
    return TracePrediction(*std::move(memory));
}

PageTraceEvent event_at(u32 pfn, u8 order, std::string_view gfp = kKernel) {
    PageTraceEvent event;
    event.pfn = {pfn};
    event.order = {order};
    event.gfp = gfp;
    return event;
}

bool is_used(const TracePrediction& prediction, u32 pfn) {
    const u8 state = prediction.memory().frames().state({pfn});
    return !frame_state::is_free(state) && !frame_state::is_on_pcp(state);
}

TEST(TracePrediction, is_right_where_the_kernel_gives_the_head_of_the_cpus_list) {
    TracePrediction prediction = small_machine();
    EXPECT_EQ(prediction.alloc(event_at(2048, 0)), Outcome::right);
    EXPECT_EQ(prediction.alloc(event_at(2049, 0)), Outcome::right);
    prediction.free(event_at(2048, 0));
    EXPECT_EQ(prediction.alloc(event_at(2048, 0)), Outcome::right) << "what was freed last is given first";
    EXPECT_EQ(prediction.check(), "");
}

TEST(TracePrediction, frames_before_the_kernels_on_the_list_left_without_an_event) {
    TracePrediction prediction = small_machine();
    EXPECT_EQ(prediction.alloc(event_at(2052, 0)), Outcome::passed_over);
    for (u32 pfn = 2048; pfn <= 2052; ++pfn) EXPECT_TRUE(is_used(prediction, pfn)) << pfn;
    EXPECT_EQ(prediction.memory().pcp(0, 0).count, 1U);
    prediction.free(event_at(2049, 0));
    EXPECT_EQ(prediction.alloc(event_at(2049, 0)), Outcome::right);
    EXPECT_EQ(prediction.alloc(event_at(2053, 0)), Outcome::right);
    EXPECT_EQ(prediction.check(), "");
}

TEST(TracePrediction, a_frame_inside_a_free_block_is_cut_out_of_it_and_the_models_own_goes_back) {
    TracePrediction prediction = small_machine();
    EXPECT_EQ(prediction.alloc(event_at(1037, 0)), Outcome::wrong);
    EXPECT_TRUE(is_used(prediction, 1037));
    const Zone& zone = prediction.memory().zones()[0];
    EXPECT_EQ(zone.free_pages, 31U);
    for (u8 order = 0; order < 5; ++order) EXPECT_EQ(zone.area.nr_free({order}), 1U) << u32{order};
    EXPECT_EQ(prediction.check(), "");
    EXPECT_EQ(prediction.alloc(event_at(2048, 0)), Outcome::right) << "one difference does not bring the next";
    prediction.free(event_at(1037, 0));
    EXPECT_EQ(prediction.check(), "");
}

TEST(TracePrediction, a_block_may_lie_on_several_lists_or_be_in_use_already) {
    TracePrediction prediction = small_machine();
    EXPECT_EQ(prediction.alloc(event_at(2048, 3)), Outcome::wrong) << "six of its frames are on the CPU's list, two in use";
    for (u32 pfn = 2048; pfn < 2056; ++pfn) EXPECT_TRUE(is_used(prediction, pfn)) << pfn;
    EXPECT_EQ(prediction.memory().pcp(0, 0).count, 8U) << "the block that the model fetched stays at hand";
    EXPECT_EQ(prediction.memory().zones()[0].free_pages, 24U);
    EXPECT_EQ(prediction.check(), "");
}

TEST(TracePrediction, a_drain_that_the_model_did_not_make_is_made_up_for_once) {
    TracePrediction prediction = small_machine();
    for (u32 times = 0; times < 2; ++times) {
        prediction.drain(event_at(2053, 0));
        EXPECT_EQ(prediction.memory().pcp(0, 0).count, 5U);
        EXPECT_EQ(prediction.memory().zones()[0].free_pages, 33U);
    }
    EXPECT_EQ(prediction.check(), "");
}

TEST(TracePrediction, a_mask_that_no_kernel_has_is_never_right) {
    TracePrediction prediction = small_machine();
    EXPECT_EQ(prediction.alloc(event_at(2048, 0, "GFP_COLONEL")), Outcome::wrong);
    EXPECT_TRUE(is_used(prediction, 2048));
    EXPECT_EQ(prediction.alloc(event_at(2049, 0)), Outcome::right);
    EXPECT_EQ(prediction.check(), "");
}

}  // namespace
}  // namespace mmscope
