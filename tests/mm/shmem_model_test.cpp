// Random calls about files in tmpfs against a naive reference: which pages were written to, and which name means what.
// A written page is in a frame or in a slot until its file is gone or ends before it, and all who map it have one frame.
#include <array>
#include <map>

#include "base/prng.h"
#include "shared_machine.h"

namespace mmscope {
namespace {

using test::SharedMachine;

struct NaiveFile {
    std::vector<bool> written, touched;  // by page
    bool has_name = true;
    std::map<u32, u64> areas;  // of processes: address
};

constexpr u32 kMostPages = 24, kAreaPages = 16;

class Model {
public:
    explicit Model(u64 seed) : prng_(seed), machine_(Arch::x86_64, 16) {
        EXPECT_EQ(Swap(machine_.memory, 0, machine_.trace).swapon(u64{2} << 20, {}, 1), 0);
        for (u32& pid : pids_) pid = machine_.fork();
    }

    void step() {
        machine_.cpu = static_cast<u32>(draw(2));
        const u64 dice = draw(100);
        if (dice < 10) return open();
        if (dice < 14) return unlink();
        if (files_.empty()) return;
        auto at = files_.begin();
        std::advance(at, static_cast<i64>(draw(files_.size())));
        const u32 number = at->first;
        if (dice < 24) return map(number);
        if (dice < 32) return unmap(number);
        if (dice < 50) return pwrite(number);
        if (dice < 58) return pread(number);
        if (dice < 64) return truncate(number);
        if (dice < 67) return machine_.swap_out();
        if (dice < 69) return static_cast<void>(PageCache(machine_.memory, 0, machine_.trace).drop_caches());
        access(number);
    }

    void compare() {
        const MappingTable& table = machine_.memory.mapping_table();
        u64 blocks = 0, resident = 0;
        for (const auto& [number, file] : files_) {
            ASSERT_FALSE(table.mappings[number].is_gone);
            ASSERT_EQ(table.mappings[number].pages, file.written.size());
            resident += table.mappings[number].resident;
            blocks += table.mappings[number].resident + table.mappings[number].swapped;
            for (u32 index = 0; index < file.written.size(); ++index) {
                const Pfn pfn = table.page(number, index);
                const bool is_there =
                    pfn != kNoPfn || !page_word::swap(table.frame[table.mappings[number].first + index]).is_none();
                ASSERT_TRUE(is_there || !file.written[index]) << "file " << number << ", page " << index;
                ASSERT_TRUE(!is_there || file.touched[index]) << "file " << number << ", page " << index;
                for (const auto& [pid, address] : file.areas) {
                    if (index >= kAreaPages) continue;
                    const PageEntry entry = machine_.entry(pid, address + index * kPageSize);
                    ASSERT_TRUE(entry.is_none() || entry.pfn() == pfn);
                }
            }
        }
        ASSERT_EQ(machine_.state(VmCounter::nr_shmem), resident);
        ASSERT_EQ(tmpfs_pages(machine_.memory), blocks);
    }

private:
    u64 draw(u64 below) { return static_cast<u64>(prng_.between(0, static_cast<i64>(below) - 1)); }
    std::string some_path() { return (draw(2) == 0 ? "/dev/shm/" : "/tmp/") + std::to_string(draw(2)); }
    static void resize(NaiveFile* file, u32 pages) {
        file->written.resize(pages);
        file->touched.resize(pages);
    }

    void open() {
        const std::string path = some_path();
        const u32 pages = 1 + static_cast<u32>(draw(kMostPages));
        const u32 number = machine_.open(pages, path);
        ASSERT_EQ(names_.count(path) != 0 ? names_[path] : number, number);
        names_[path] = number;
        resize(&files_[number], pages);
    }
    void unlink() {
        const std::string path = some_path();
        const auto named = names_.find(path);
        ASSERT_EQ(machine_.unlink(path), named == names_.end() ? failed(Errno::enoent) : 0);
        if (named == names_.end()) return;
        files_[named->second].has_name = false;
        forget(named->second);
        names_.erase(named);
    }
    void forget(u32 number) {
        if (!files_[number].has_name && files_[number].areas.empty()) files_.erase(number);
    }
    void map(u32 number) {
        const u32 pid = pids_[draw(pids_.size())];
        if (files_[number].areas.count(pid) != 0) return;
        files_[number].areas[pid] = machine_.map_shared(pid, number, kAreaPages * kPageSize);
    }
    void unmap(u32 number) {
        std::map<u32, u64>& areas = files_[number].areas;
        if (areas.empty()) return;
        machine_.munmap(areas.begin()->first, areas.begin()->second, kAreaPages * kPageSize);
        areas.erase(areas.begin());
        forget(number);
    }
    void pwrite(u32 number) {
        NaiveFile& file = files_[number];
        if (file.written.empty()) return;
        const u32 first = static_cast<u32>(draw(file.written.size()));
        const u32 pages = 1 + static_cast<u32>(draw(file.written.size() - first));
        ASSERT_EQ(machine_.pwrite(number, first, pages).touched, pages);
        for (u32 index = first; index < first + pages; ++index) file.written[index] = file.touched[index] = true;
    }
    void pread(u32 number) {
        const u32 pages = static_cast<u32>(files_[number].written.size());
        ASSERT_EQ(machine_.pread(number, 0, pages).touched, pages);
    }
    void truncate(u32 number) {
        const u32 pages = static_cast<u32>(draw(kMostPages + 1));
        machine_.truncate(number, pages);
        resize(&files_[number], pages);
    }
    void access(u32 number) {
        NaiveFile& file = files_[number];
        if (file.areas.empty()) return;
        const auto [pid, address] = *file.areas.begin();
        const u32 index = static_cast<u32>(draw(kAreaPages));
        if (index >= file.written.size()) return;  // SIGBUS: shmem_test.cpp
        const bool is_write = draw(2) == 0;
        ASSERT_EQ(machine_.access(pid, address + index * kPageSize, is_write ? Access::write : Access::read).signal,
                  Signal::none);
        file.touched[index] = true;
        if (is_write) file.written[index] = true;
    }

    Prng prng_;
    SharedMachine machine_;
    std::array<u32, 3> pids_{};
    std::map<u32, NaiveFile> files_;
    std::map<std::string, u32> names_;
};

TEST(ShmemModel, random_calls_agree_with_a_naive_list_of_written_pages) {
    for (u64 seed = 1; seed <= 10; ++seed) {
        Model model(seed);
        for (u32 step = 0; step < 200; ++step) {
            model.step();
            model.compare();
            ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", step " << step;
        }
    }
}

}  // namespace
}  // namespace mmscope
