#include "play/machine.h"

#include <gtest/gtest.h>

#include "play/digest.h"
#include "play/proc_files.h"
#include "script_testing.h"

namespace mmscope {
namespace {

MachineSpec with_ram(u64 ram, Arch arch = Arch::x86_64, u32 nodes = 1) {
    MachineSpec spec;
    spec.ram = ram;
    spec.arch = arch;
    spec.nodes = nodes;
    spec.cpus = nodes;
    return spec;
}

Machine small_machine() { return std::move(*Machine::build(with_ram(kLeastRam))); }

TEST(Machine, defaults_are_the_languages) {
    const Result<Machine> machine = Machine::build({});
    ASSERT_TRUE(machine.has_value());
    EXPECT_EQ(machine->memory().arch(), Arch::x86_64);
    EXPECT_EQ(machine->kernel(), "6.12");
    EXPECT_TRUE(machine->is_exact_profile());
    EXPECT_EQ(machine->memory().check(), "");
}

TEST(Machine, every_architecture_and_edge_of_size_is_consistent) {
    for (const Arch arch : {Arch::x86_64, Arch::x86_32, Arch::x86_32_pae})
        for (const u64 mebibytes : {16, 17, 100, 900, 3583, 3584, 4096})
            for (const u32 nodes : {1U, 2U}) {
                const Result<Machine> machine = Machine::build(with_ram(mebibytes << 20, arch, nodes));
                ASSERT_TRUE(machine.has_value());
                EXPECT_EQ(machine->memory().check(), "") << mebibytes << " MiB, " << nodes << " nodes";
            }
}

TEST(Machine, a_copy_is_a_save) {
    Machine machine = small_machine();
    Trace nobody;
    const Machine saved = machine;
    const u64 before = machine.state_hash();
    const CommandResult result = machine.apply(AllocPages{PageCall::alloc_page, {gfp::kKernel}, {0}}, 1, 0, nobody);
    ASSERT_NE(result.pfn, kNoPfn);
    EXPECT_NE(machine.state_hash(), before);
    EXPECT_EQ(saved.state_hash(), before);
    EXPECT_EQ(machine.generation(), saved.generation() + 1);
}

TEST(Machine, refuses_misuse_and_stays_as_it_was) {
    Machine machine = small_machine();
    Trace nobody;
    const u64 before = machine.state_hash();
    EXPECT_EQ(machine.apply(AllocPages{PageCall::alloc_pages, {gfp::kKernel}, {11}}, 1, 0, nobody).refusal.key,
              "error.order_too_large");
    EXPECT_EQ(
        machine.apply(AllocPages{PageCall::alloc_pages, {gfp::kDma | gfp::kHighmem}, {0}}, 1, 0, nobody).refusal.key,
        "error.gfp_two_zones");
    EXPECT_EQ(machine.apply(FreePages{PageCall::__free_page, {2000}, {0}}, 1, 0, nobody).refusal.key, "error.free_free");
    EXPECT_EQ(machine.apply(FreePages{PageCall::__free_page, {0x7fffffff}, {0}}, 1, 0, nobody).refusal.key,
              "error.foreign_frame");
    EXPECT_EQ(machine.apply(FreePages{PageCall::__free_page, {2000}, {200}}, 1, 0, nobody).refusal.key,
              "error.order_too_large");
    EXPECT_EQ(machine.state_hash(), before);
    EXPECT_EQ(machine.generation(), 0U);
}

TEST(Machine, the_hash_sees_every_part_of_the_state) {
    const u64 before = small_machine().state_hash();
    Machine drawn = small_machine(), typed = small_machine(), tuned = small_machine();
    drawn.prng().next();
    typed.memory().frames().set_pageblock_type({0}, Migratetype::reclaimable);
    VmSysctl sysctl = tuned.memory().sysctl();
    ++sysctl.min_free_kbytes;
    tuned.memory().set_sysctl(sysctl);
    EXPECT_NE(drawn.state_hash(), before);
    EXPECT_NE(typed.state_hash(), before);
    EXPECT_NE(tuned.state_hash(), before);
    Machine looked_at = small_machine();
    looked_at.memory().frames().dirty_rows()[0] ^= 1;
    EXPECT_EQ(looked_at.state_hash(), before);
}

TEST(Digest, every_byte_and_its_place_count) {
    std::string text = "the quick brown fox jumps over the lazy dog, twice";
    Digest first;
    first.add(text.data(), text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string other = text;
        other[at] = static_cast<char>(other[at] ^ 1);
        Digest second;
        second.add(other.data(), other.size());
        EXPECT_NE(first.value(), second.value()) << at;
    }
}

TEST(Machine, counts_the_pageblocks_of_each_type) {
    Session session = testing::loaded("machine x86_64 { ram = 64M }\nalloc_pages(GFP_KERNEL, 10)");
    const auto counts = [&] {
        const PageAllocator& memory = session.snapshot().memory();
        return pageblock_counts(memory, *memory.find_zone(ZoneType::dma32, 0));
    };
    const auto before = counts();
    EXPECT_EQ(before[static_cast<u32>(Migratetype::movable)], 48U * 256 / 512) << "from 16 MiB to 64 MiB";
    testing::seek(session, 1);
    EXPECT_EQ(counts()[static_cast<u32>(Migratetype::unmovable)], before[static_cast<u32>(Migratetype::unmovable)] + 2);
    EXPECT_EQ(counts()[static_cast<u32>(Migratetype::movable)], before[static_cast<u32>(Migratetype::movable)] - 2);
}

}  // namespace
}  // namespace mmscope
