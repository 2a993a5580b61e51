// CPU milliseconds per Argon2id hash in Node, for `cargo bench --bench passwords -- node`.
import { hashSync } from '@node-rs/argon2';

const options = { memoryCost: 19456, timeCost: 2, parallelism: 1 };
const times = [];
for (let round = 0; round < 60; round += 1) {
  const before = process.cpuUsage();
  hashSync('a password of usual length', options);
  const { user, system } = process.cpuUsage(before);
  times.push((user + system) / 1000);
}
times.sort((one, other) => one - other);
console.log(times[times.length / 2]);
