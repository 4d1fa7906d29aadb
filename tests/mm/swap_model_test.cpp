// Random writes, reads, forks, exits, unmappings, reclaim and swapoff against a naive map: which page object each page
// of each process shows. Two pages are in one place, a frame or a slot, if and only if they show one object.
#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"
#include "mm/swap.h"
#include "mm/vmscan.h"
#include "process_machine.h"

namespace mmscope {
namespace {

using test::kRead;
using test::kWrite;
using test::ProcessMachine;

constexpr u64 kPages = 40;
constexpr u32 kNothing = 0;
constexpr u64 kSlotPlace = u64{1} << 32;  // a place that is a slot, not a frame

class Model {
public:
    explicit Model(u64 seed, Arch arch) : prng_(seed), machine_(arch, 32) {
        swapon();
        const u32 pid = machine_.fork();
        base_ = machine_.map(pid, kPages * kPageSize);
        pages_[pid].assign(kPages, kNothing);
    }

    void step() {
        const u64 dice = draw(100);
        const u32 pid = some_process();
        if (dice < 35)
            write(pid);
        else if (dice < 55)
            machine_.read(pid, address(draw(kPages)));
        else if (dice < 75)
            reclaim();
        else if (dice < 82 && pages_.size() < 5)
            fork(pid);
        else if (dice < 86 && pages_.size() > 1)
            exit(pid);
        else if (dice < 95)
            drop(pid);
        else
            change_area();
    }

    void compare() {
        std::map<u32, u64> place_of_object;
        std::map<u64, u32> object_at;
        for (const auto& [pid, objects] : pages_) {
            u32 swapped = 0;
            for (u64 page = 0; page < kPages; ++page) {
                const PageEntry entry = machine_.entry(pid, address(page));
                swapped += entry.is_swap();
                const bool is_somewhere = !entry.is_none() && !entry.is_zero_page();
                ASSERT_EQ(objects[page] != kNothing, is_somewhere) << "process " << pid << ", page " << page;
                if (!is_somewhere) continue;
                const u64 place = place_of(entry);
                ASSERT_EQ(place_of_object.emplace(objects[page], place).first->second, place);
                ASSERT_EQ(object_at.emplace(place, objects[page]).first->second, objects[page]);
            }
            ASSERT_LE(swapped, machine_.mm(pid).swap_entries);
        }
    }
    u64 swapped_out() const { return machine_.memory.vmstat(VmCounter::pswpout); }
    u64 swapped_in() const { return machine_.memory.vmstat(VmCounter::pswpin); }

private:
    u64 draw(u64 below) { return static_cast<u64>(prng_.between(0, static_cast<i64>(below) - 1)); }
    u64 address(u64 page) const { return base_ + page * kPageSize; }
    Swap swap() { return Swap(machine_.memory, 0, machine_.trace); }
    u32 some_process() {
        auto at = pages_.begin();
        std::advance(at, static_cast<i64>(draw(pages_.size())));
        return at->first;
    }
    u64 place_of(PageEntry entry) const {
        if (entry.has_page()) return entry.pfn().value;
        const SwapEntry slot = machine_.memory.processes().mode.swap_of(entry);
        const Pfn cached = machine_.memory.swap().cached(slot);
        return cached != kNoPfn ? cached.value : kSlotPlace | slot.value;
    }
    u32 users_of(u32 object) const {
        u32 users = 0;
        for (const auto& [pid, objects] : pages_)
            for (const u32 each : objects) users += each == object;
        return users;
    }

    void swapon() {
        const u64 bytes = (20 + draw(100)) * kPageSize;
        ASSERT_GE(swap().swapon(bytes, static_cast<i32>(draw(3)), 1), 0);
    }
    void write(u32 pid) {
        const u64 page = draw(kPages);
        machine_.cpu = static_cast<u32>(draw(2));
        ASSERT_EQ(machine_.write(pid, address(page)).signal, Signal::none);
        u32& object = pages_[pid][page];
        if (object == kNothing || users_of(object) > 1) object = ++objects_;
    }
    void reclaim() {
        const AllocRequest request = machine_.memory.request_of({gfp::kKernel}, {0}, 1, 0);
        Reclaim(machine_.memory, 0, machine_.trace).try_to_free_pages(request);
        ASSERT_EQ(machine_.memory.check(), "");
    }
    void fork(u32 pid) { pages_[machine_.fork(pid)] = pages_[pid]; }
    void exit(u32 pid) {
        machine_.exit(pid);
        pages_.erase(pid);
    }
    void drop(u32 pid) {
        const u64 first = draw(kPages), pages = 1 + draw(kPages - first);
        machine_.memory.processes().current = pid;
        ASSERT_EQ(machine_.calls(pid).madvise(address(first), pages * kPageSize, advice::kDontNeed), 0);
        ASSERT_EQ(machine_.memory.check(), "");
        std::fill_n(pages_[pid].begin() + static_cast<i64>(first), pages, kNothing);
    }
    void change_area() {
        const std::vector<SwapArea>& areas = machine_.memory.swap().areas();
        const u32 area = static_cast<u32>(draw(areas.size()));
        if (areas[area].is_used && draw(2) == 0)
            ASSERT_EQ(swap().swapoff(area, 1), 0);
        else if (areas.size() < 4)
            swapon();
        ASSERT_EQ(machine_.memory.check(), "");
    }

    Prng prng_;
    ProcessMachine machine_;
    u64 base_ = 0;
    std::map<u32, std::vector<u32>> pages_;  // object by page, by process
    u32 objects_ = 0;
};

TEST(SwapModel, every_page_is_in_one_frame_or_one_slot_and_shared_as_a_naive_map_says) {
    u64 out = 0, in = 0;
    for (u64 seed = 1; seed <= 6; ++seed) {
        const Arch arch = seed % 3 == 0 ? Arch::x86_32 : seed % 3 == 1 ? Arch::x86_64 : Arch::x86_32_pae;
        Model model(seed, arch);
        for (u32 step = 0; step < 250; ++step) {
            model.step();
            model.compare();
            ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", step " << step;
        }
        out += model.swapped_out();
        in += model.swapped_in();
    }
    EXPECT_GT(out, 300U);
    EXPECT_GT(in, 150U);
}

}  // namespace
}  // namespace mmscope
