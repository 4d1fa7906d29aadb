// Stepping back is exact: on random scripts, at every step, in any order, under any budget.

#include "play/history.h"

#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::work_to_the_end;

// Random valid scripts: blocks of all orders and objects of all sizes allocated, kept in lists, freed by loops,
// conditions and calls; caches created, shrunk and destroyed on the way.
class ScriptWriter {
public:
    explicit ScriptWriter(u64 seed) : prng_(seed) {}

    std::string write(u32 statements) {
        std::string script =
            "machine x86_64 { ram = 32M; seed = " + std::to_string(prng_.below(1000)) + kernel() +
            "; cpus = 2 }\nn = 0; v[] = NULL; w[] = NULL; p[] = NULL; o[] = 0\n" +
            "c = kmem_cache_create(\"things\", " + std::to_string(8 + prng_.below(2000)) + ")\n";
        for (u32 at = 0; at < statements; ++at) script += statement(2) + "\n";
        return script;
    }

private:
    std::string kernel() {
        constexpr const char* kKernels[] = {"6.1", "6.12", "7.2", "2.6"};
        constexpr const char* kDebug[] = {"-", "FZPU", "FPU", "ZP", "F,kmalloc-*"};
        const std::string of = kKernels[prng_.below(4)];
        return "; kernel = \"" + of + "\"; slab_debug = \"" + (of == "2.6" ? "-" : kDebug[prng_.below(5)]) + "\"";
    }
    std::string number(u32 bound) { return std::to_string(prng_.below(bound)); }

    std::string alloc() {
        constexpr const char* kFlags[] = {"GFP_KERNEL", "GFP_KERNEL | __GFP_RECLAIMABLE", "GFP_HIGHUSER_MOVABLE",
                                          "GFP_ATOMIC | __GFP_COMP", "GFP_KERNEL | __GFP_DMA"};
        const std::string order = prng_.below(3) == 0 ? "random(0, 10)" : number(6);
        return "o[] = " + order + "; p[] = alloc_pages(" + kFlags[prng_.below(5)] + ", o[len(o) - 1])";
    }

    std::string free() {
        return "if len(p) > 0 { i = random(0, len(p) - 1); if p[i] { __free_pages(p[i], o[i]); p[i] = NULL } }";
    }

    std::string objects() {
        switch (prng_.below(11)) {
            case 10: return "tick(" + std::to_string(1 + prng_.below(4)) + ")";
            case 8: return "for x in w { if x { memset(x, 65, random(1, 300)) } }";
            case 9: return "for x in v { if x { memset(x + random(0, 99), 7, 3) } }; in process { validate_slab_cache(c) }";
            case 0: return "w[] = kmalloc(" + number(9000) + ", GFP_ATOMIC)";
            case 1: return "w[] = kzalloc(1 << random(0, 15), GFP_ATOMIC | __GFP_RECLAIMABLE)";
            case 2: return "repeat " + number(40) + " { v[] = kmem_cache_alloc(c, GFP_KERNEL) }";
            case 3: return "on cpu 1 { if len(w) > 0 { i = random(0, len(w) - 1); kfree(w[i]); w[i] = NULL } }";
            case 4: return "if len(v) > 0 { i = random(0, len(v) - 1); if v[i] { kmem_cache_free(c, v[i]); v[i] = NULL } }";
            case 5: return "on cpu 1 { for k in 0..len(v) { if v[k] { kmem_cache_free(c, v[k]) } }; v = [] }";
            case 6: return "if len(w) > 0 { w[0] = krealloc(w[0], " + number(20000) + ", GFP_ATOMIC) }; in process { kmem_cache_shrink(c) }";
            default:
                return "in process { d = kmem_cache_create(\"others\", " + std::to_string(1 + prng_.below(3000)) +
                       "); x = kmem_cache_alloc(d, GFP_KERNEL); if x { kmem_cache_free(d, x) }; kmem_cache_destroy(d) }";
        }
    }

    std::string statement(u32 depth) {
        if (prng_.below(3) == 0) return objects();
        switch (prng_.below(depth == 0 ? 4 : 10)) {
            case 0: return free();
            case 1: return "n = n + ops; q = alloc_page(GFP_KERNEL); if q { __free_page(q) }";
            case 2: return "a = __get_free_pages(GFP_KERNEL, 1); free_pages(a, 1); note \"n\"";
            case 3: return alloc();
            case 4: return "repeat " + number(5) + " { " + statement(depth - 1) + " }";
            case 5: return "for k in 0.." + number(4) + " { " + statement(depth - 1) + "; n = n ^ k }";
            case 6:
                return "if nr_free(DMA32, 10) % 2 == 0 { " + statement(depth - 1) + " } else { " +
                       statement(depth - 1) + " }";
            case 7: return "for k in 0..len(p) { if p[k] { __free_pages(p[k], o[k]) } }; p = []; o = []; mark \"emptied\"";
            case 8: return "in irq { " + statement(depth - 1) + "; in process { " + statement(depth - 1) + " } }";
            default: return "sysctl min_free_kbytes = " + std::to_string(300 + prng_.below(300));
        }
    }

    Prng prng_;
};

// Everything of a position that somebody can see, in one text.
std::string picture(const Session& session) {
    const Snapshot snapshot = session.snapshot();
    std::string text = std::to_string(session.state_hash()) + " step " + std::to_string(snapshot.step) + " line " +
                       std::to_string(snapshot.line);
    text += " state " + std::to_string(static_cast<u32>(snapshot.state)) + " vars";
    for (const char* name :
         {"n", "ops", "len(p)", "len(o)", "p", "slabs(c)", "active_objs(c)", "used_objs(c)", "w", "events(\"merge\")", "events(\"might_sleep\")", "vmstat(\"pgfree\")", "watermark(DMA, min)"}) {
        const Result<ScriptValue> value = session.evaluate(name);
        text += " " + (value ? value->text : value.error().message.key);
    }
    text += " events " + std::to_string(snapshot.trace->size()) + " of " + std::to_string(snapshot.trace->total());
    for (const Message& message : session.narration(8)) text += " " + message.key;
    return text;
}

void seek(Session& session, u32 step, u32 budget = 1000) {
    session.seek(step);
    while (session.work(budget)) {
    }
}

SessionLimits close_keyframes() {
    SessionLimits limits;
    limits.keyframe_interval = 16;
    return limits;
}

// Pictures of all steps of a script, forward, from 0 to its end.
std::vector<std::string> forward(Session& session) {
    std::vector<std::string> pictures;
    for (u32 step = 0; step == 0 || session.snapshot().step == step - 1; ++step) {
        seek(session, step);
        if (session.snapshot().step != step) break;
        pictures.push_back(picture(session));
        if (session.snapshot().state == RunState::finished) break;
        EXPECT_NE(session.snapshot().state, RunState::failed);
        if (session.snapshot().state == RunState::failed) break;
    }
    return pictures;
}

TEST(History, n_forward_and_n_back_gives_the_same_picture_at_every_step) {
    for (u64 seed = 1; seed <= 6; ++seed) {
        const std::string script = ScriptWriter(seed).write(40);
        Session session(close_keyframes());
        const std::vector<Diagnostic> errors = session.load(script);
        ASSERT_TRUE(errors.empty()) << testing::place_and_key(errors.front()) << "\n" << script;
        const std::vector<std::string> pictures = forward(session);
        ASSERT_GT(pictures.size(), 30U) << script;
        for (u32 step = static_cast<u32>(pictures.size()); step-- > 0;) {
            seek(session, step);
            ASSERT_EQ(picture(session), pictures[step]) << "seed " << seed << ", back to step " << step << "\n" << script;
        }
        EXPECT_EQ(session.snapshot().machine->check(), "");
    }
}

TEST(History, seeks_in_any_order_show_the_same_pictures) {
    const std::string script = ScriptWriter(77).write(60);
    Session session(close_keyframes());
    ASSERT_TRUE(session.load(script).empty());
    const std::vector<std::string> pictures = forward(session);
    Prng prng(5);
    for (u32 round = 0; round < 100; ++round) {
        const u32 step = prng.below(static_cast<u32>(pictures.size()));
        seek(session, step, 1 + prng.below(50));
        ASSERT_EQ(picture(session), pictures[step]) << "seek to " << step;
    }
}

TEST(History, a_tiny_budget_thins_the_keyframes_and_loses_no_step) {
    const std::string script = ScriptWriter(3).write(60);
    Session roomy(close_keyframes());
    ASSERT_TRUE(roomy.load(script).empty());
    const std::vector<std::string> pictures = forward(roomy);
    SessionLimits limits = close_keyframes();
    limits.history_bytes = 1;
    Session tight(limits);
    ASSERT_TRUE(tight.load(script).empty());
    seek(tight, 0xffffffff);
    EXPECT_LT(tight.history_bytes(), roomy.history_bytes());
    Prng prng(6);
    for (u32 round = 0; round < 20; ++round) {
        const u32 step = prng.below(static_cast<u32>(pictures.size()));
        seek(tight, step);
        ASSERT_EQ(picture(tight), pictures[step]) << "seek to " << step;
    }
}

TEST(History, the_second_step_back_into_a_wide_gap_is_quick) {
    SessionLimits limits = close_keyframes();
    limits.history_bytes = 1;
    Session session(limits);
    ASSERT_TRUE(session.load("machine x86_64 { ram = 16M }\nrepeat 1000 { p = alloc_page(GFP_KERNEL); __free_page(p) }").empty());
    seek(session, 2000);
    const auto slices_back_to = [&](u32 step) {
        session.seek(step);
        u32 slices = 0;
        while (session.work(1)) ++slices;
        return slices;
    };
    EXPECT_GT(slices_back_to(1000), 1000U);
    const std::string there = picture(session);
    EXPECT_LT(slices_back_to(999), 100U);
    EXPECT_LT(slices_back_to(998), 100U);
    slices_back_to(1000);
    EXPECT_EQ(picture(session), there);
}

TEST(History, a_seek_given_up_half_way_spoils_nothing) {
    const std::string script = ScriptWriter(8).write(50);
    Session session(close_keyframes());
    ASSERT_TRUE(session.load(script).empty());
    const std::vector<std::string> pictures = forward(session);
    const u32 last = static_cast<u32>(pictures.size()) - 1;
    session.seek(last / 2 + 7);
    session.work(3);
    session.stop();
    seek(session, last / 3);
    EXPECT_EQ(picture(session), pictures[last / 3]);
    seek(session, last);
    EXPECT_EQ(picture(session), pictures[last]);
}

TEST(History, restoring_marks_only_the_rows_that_changed) {
    Session session;
    ASSERT_TRUE(
        session.load("machine x86_64 { ram = 1G }\np = alloc_page(GFP_KERNEL | __GFP_DMA)\nq = alloc_page(GFP_KERNEL)")
            .empty());
    seek(session, 2);
    FrameTable& frames = const_cast<FrameTable&>(session.snapshot().memory().frames());
    std::fill_n(frames.dirty_rows(), frames.row_count(), u8{0});
    seek(session, 0);
    u32 dirty = 0;
    for (u32 row = 0; row < frames.row_count(); ++row) dirty += frames.dirty_rows()[row];
    EXPECT_GE(dirty, 1U);
    EXPECT_LE(dirty, 2U);
}

TEST(ChunkPool, shares_what_did_not_change) {
    ChunkPool pool;
    std::vector<u8> data(5 * kChunkBytes + 100, 1);
    const StoredArray first = store_array(pool, data.data(), static_cast<u32>(data.size()), {});
    const u64 bytes = pool.bytes();
    EXPECT_EQ(bytes, data.size());
    data[3 * kChunkBytes + 5] = 2;
    const StoredArray second = store_array(pool, data.data(), static_cast<u32>(data.size()), first);
    EXPECT_EQ(pool.bytes(), bytes + kChunkBytes);
    EXPECT_EQ(second.chunks[5], first.chunks[5]);
    release_array(pool, first);
    EXPECT_EQ(pool.bytes(), bytes);
    EXPECT_EQ(pool.data(second.chunks[3])[5], 2);
    release_array(pool, second);
    EXPECT_EQ(pool.bytes(), 0U);
}

TEST(ChunkPool, a_grown_array_keeps_its_full_chunks) {
    ChunkPool pool;
    std::vector<u8> data(kChunkBytes + 10, 7);
    const StoredArray first = store_array(pool, data.data(), static_cast<u32>(data.size()), {});
    data.resize(kChunkBytes + 20, 7);
    const StoredArray second = store_array(pool, data.data(), static_cast<u32>(data.size()), first);
    EXPECT_EQ(first.chunks[0], second.chunks[0]);
    EXPECT_NE(first.chunks[1], second.chunks[1]);
    const StoredArray nothing = store_array(pool, data.data(), 0, second);
    EXPECT_TRUE(nothing.chunks.empty());
}

TEST(Keyframes, are_thinned_evenly_but_for_the_first_and_the_newest) {
    MachineSpec spec;
    spec.ram = kLeastRam;
    Result<Machine> machine = Machine::build(spec);
    ASSERT_TRUE(machine.has_value());
    Trace trace(16);
    ScriptState state;
    History roomy(u64{1} << 30, 1);
    roomy.take(*machine, state, trace);
    History history(roomy.bytes() + 40'000, 1);
    for (state.step = 0; state.step < 64; ++state.step) history.take(*machine, state, trace);
    ASSERT_GT(history.size(), 3U);
    ASSERT_LT(history.size(), 32U);
    EXPECT_EQ(history.nearest_step(0), 0U);
    EXPECT_EQ(history.nearest_step(1000), 63U);
    u32 widest = 0, last = 0;
    for (u32 step = 1; step < 64; ++step) {
        const u32 nearest = history.nearest_step(step);
        if (nearest != last) widest = std::max(widest, nearest - last);
        last = nearest;
    }
    EXPECT_LE(widest, 4 * 64 / history.size());
}

}  // namespace
}  // namespace mmscope
