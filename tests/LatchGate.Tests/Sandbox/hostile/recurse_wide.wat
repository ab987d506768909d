;; Recursion without end, in frames of more than six kilobytes: 800 parameters, each still needed after the call.
(module
  (memory (export "memory") 1)
  (func (export "lg_alloc") (param i32) (result i32) (i32.const 1024))
  (func $down (param f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64
      f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64 f64) (result f64)
    (call $down
      (f64.add (local.get 0) (f64.const 1)) (f64.add (local.get 1) (f64.const 1)) (f64.add (local.get 2) (f64.const 1))
      (f64.add (local.get 3) (f64.const 1)) (f64.add (local.get 4) (f64.const 1)) (f64.add (local.get 5) (f64.const 1))
      (f64.add (local.get 6) (f64.const 1)) (f64.add (local.get 7) (f64.const 1)) (f64.add (local.get 8) (f64.const 1))
      (f64.add (local.get 9) (f64.const 1)) (f64.add (local.get 10) (f64.const 1)) (f64.add (local.get 11) (f64.const 1))
      (f64.add (local.get 12) (f64.const 1)) (f64.add (local.get 13) (f64.const 1)) (f64.add (local.get 14) (f64.const 1))
      (f64.add (local.get 15) (f64.const 1)) (f64.add (local.get 16) (f64.const 1)) (f64.add (local.get 17) (f64.const 1))
      (f64.add (local.get 18) (f64.const 1)) (f64.add (local.get 19) (f64.const 1)) (f64.add (local.get 20) (f64.const 1))
      (f64.add (local.get 21) (f64.const 1)) (f64.add (local.get 22) (f64.const 1)) (f64.add (local.get 23) (f64.const 1))
      (f64.add (local.get 24) (f64.const 1)) (f64.add (local.get 25) (f64.const 1)) (f64.add (local.get 26) (f64.const 1))
      (f64.add (local.get 27) (f64.const 1)) (f64.add (local.get 28) (f64.const 1)) (f64.add (local.get 29) (f64.const 1))
      (f64.add (local.get 30) (f64.const 1)) (f64.add (local.get 31) (f64.const 1)) (f64.add (local.get 32) (f64.const 1))
      (f64.add (local.get 33) (f64.const 1)) (f64.add (local.get 34) (f64.const 1)) (f64.add (local.get 35) (f64.const 1))
      (f64.add (local.get 36) (f64.const 1)) (f64.add (local.get 37) (f64.const 1)) (f64.add (local.get 38) (f64.const 1))
      (f64.add (local.get 39) (f64.const 1)) (f64.add (local.get 40) (f64.const 1)) (f64.add (local.get 41) (f64.const 1))
      (f64.add (local.get 42) (f64.const 1)) (f64.add (local.get 43) (f64.const 1)) (f64.add (local.get 44) (f64.const 1))
      (f64.add (local.get 45) (f64.const 1)) (f64.add (local.get 46) (f64.const 1)) (f64.add (local.get 47) (f64.const 1))
      (f64.add (local.get 48) (f64.const 1)) (f64.add (local.get 49) (f64.const 1)) (f64.add (local.get 50) (f64.const 1))
      (f64.add (local.get 51) (f64.const 1)) (f64.add (local.get 52) (f64.const 1)) (f64.add (local.get 53) (f64.const 1))
      (f64.add (local.get 54) (f64.const 1)) (f64.add (local.get 55) (f64.const 1)) (f64.add (local.get 56) (f64.const 1))
      (f64.add (local.get 57) (f64.const 1)) (f64.add (local.get 58) (f64.const 1)) (f64.add (local.get 59) (f64.const 1))
      (f64.add (local.get 60) (f64.const 1)) (f64.add (local.get 61) (f64.const 1)) (f64.add (local.get 62) (f64.const 1))
      (f64.add (local.get 63) (f64.const 1)) (f64.add (local.get 64) (f64.const 1)) (f64.add (local.get 65) (f64.const 1))
      (f64.add (local.get 66) (f64.const 1)) (f64.add (local.get 67) (f64.const 1)) (f64.add (local.get 68) (f64.const 1))
      (f64.add (local.get 69) (f64.const 1)) (f64.add (local.get 70) (f64.const 1)) (f64.add (local.get 71) (f64.const 1))
      (f64.add (local.get 72) (f64.const 1)) (f64.add (local.get 73) (f64.const 1)) (f64.add (local.get 74) (f64.const 1))
      (f64.add (local.get 75) (f64.const 1)) (f64.add (local.get 76) (f64.const 1)) (f64.add (local.get 77) (f64.const 1))
      (f64.add (local.get 78) (f64.const 1)) (f64.add (local.get 79) (f64.const 1)) (f64.add (local.get 80) (f64.const 1))
      (f64.add (local.get 81) (f64.const 1)) (f64.add (local.get 82) (f64.const 1)) (f64.add (local.get 83) (f64.const 1))
      (f64.add (local.get 84) (f64.const 1)) (f64.add (local.get 85) (f64.const 1)) (f64.add (local.get 86) (f64.const 1))
      (f64.add (local.get 87) (f64.const 1)) (f64.add (local.get 88) (f64.const 1)) (f64.add (local.get 89) (f64.const 1))
      (f64.add (local.get 90) (f64.const 1)) (f64.add (local.get 91) (f64.const 1)) (f64.add (local.get 92) (f64.const 1))
      (f64.add (local.get 93) (f64.const 1)) (f64.add (local.get 94) (f64.const 1)) (f64.add (local.get 95) (f64.const 1))
      (f64.add (local.get 96) (f64.const 1)) (f64.add (local.get 97) (f64.const 1)) (f64.add (local.get 98) (f64.const 1))
      (f64.add (local.get 99) (f64.const 1)) (f64.add (local.get 100) (f64.const 1)) (f64.add (local.get 101) (f64.const 1))
      (f64.add (local.get 102) (f64.const 1)) (f64.add (local.get 103) (f64.const 1)) (f64.add (local.get 104) (f64.const 1))
      (f64.add (local.get 105) (f64.const 1)) (f64.add (local.get 106) (f64.const 1)) (f64.add (local.get 107) (f64.const 1))
      (f64.add (local.get 108) (f64.const 1)) (f64.add (local.get 109) (f64.const 1)) (f64.add (local.get 110) (f64.const 1))
      (f64.add (local.get 111) (f64.const 1)) (f64.add (local.get 112) (f64.const 1)) (f64.add (local.get 113) (f64.const 1))
      (f64.add (local.get 114) (f64.const 1)) (f64.add (local.get 115) (f64.const 1)) (f64.add (local.get 116) (f64.const 1))
      (f64.add (local.get 117) (f64.const 1)) (f64.add (local.get 118) (f64.const 1)) (f64.add (local.get 119) (f64.const 1))
      (f64.add (local.get 120) (f64.const 1)) (f64.add (local.get 121) (f64.const 1)) (f64.add (local.get 122) (f64.const 1))
      (f64.add (local.get 123) (f64.const 1)) (f64.add (local.get 124) (f64.const 1)) (f64.add (local.get 125) (f64.const 1))
      (f64.add (local.get 126) (f64.const 1)) (f64.add (local.get 127) (f64.const 1)) (f64.add (local.get 128) (f64.const 1))
      (f64.add (local.get 129) (f64.const 1)) (f64.add (local.get 130) (f64.const 1)) (f64.add (local.get 131) (f64.const 1))
      (f64.add (local.get 132) (f64.const 1)) (f64.add (local.get 133) (f64.const 1)) (f64.add (local.get 134) (f64.const 1))
      (f64.add (local.get 135) (f64.const 1)) (f64.add (local.get 136) (f64.const 1)) (f64.add (local.get 137) (f64.const 1))
      (f64.add (local.get 138) (f64.const 1)) (f64.add (local.get 139) (f64.const 1)) (f64.add (local.get 140) (f64.const 1))
      (f64.add (local.get 141) (f64.const 1)) (f64.add (local.get 142) (f64.const 1)) (f64.add (local.get 143) (f64.const 1))
      (f64.add (local.get 144) (f64.const 1)) (f64.add (local.get 145) (f64.const 1)) (f64.add (local.get 146) (f64.const 1))
      (f64.add (local.get 147) (f64.const 1)) (f64.add (local.get 148) (f64.const 1)) (f64.add (local.get 149) (f64.const 1))
      (f64.add (local.get 150) (f64.const 1)) (f64.add (local.get 151) (f64.const 1)) (f64.add (local.get 152) (f64.const 1))
      (f64.add (local.get 153) (f64.const 1)) (f64.add (local.get 154) (f64.const 1)) (f64.add (local.get 155) (f64.const 1))
      (f64.add (local.get 156) (f64.const 1)) (f64.add (local.get 157) (f64.const 1)) (f64.add (local.get 158) (f64.const 1))
      (f64.add (local.get 159) (f64.const 1)) (f64.add (local.get 160) (f64.const 1)) (f64.add (local.get 161) (f64.const 1))
      (f64.add (local.get 162) (f64.const 1)) (f64.add (local.get 163) (f64.const 1)) (f64.add (local.get 164) (f64.const 1))
      (f64.add (local.get 165) (f64.const 1)) (f64.add (local.get 166) (f64.const 1)) (f64.add (local.get 167) (f64.const 1))
      (f64.add (local.get 168) (f64.const 1)) (f64.add (local.get 169) (f64.const 1)) (f64.add (local.get 170) (f64.const 1))
      (f64.add (local.get 171) (f64.const 1)) (f64.add (local.get 172) (f64.const 1)) (f64.add (local.get 173) (f64.const 1))
      (f64.add (local.get 174) (f64.const 1)) (f64.add (local.get 175) (f64.const 1)) (f64.add (local.get 176) (f64.const 1))
      (f64.add (local.get 177) (f64.const 1)) (f64.add (local.get 178) (f64.const 1)) (f64.add (local.get 179) (f64.const 1))
      (f64.add (local.get 180) (f64.const 1)) (f64.add (local.get 181) (f64.const 1)) (f64.add (local.get 182) (f64.const 1))
      (f64.add (local.get 183) (f64.const 1)) (f64.add (local.get 184) (f64.const 1)) (f64.add (local.get 185) (f64.const 1))
      (f64.add (local.get 186) (f64.const 1)) (f64.add (local.get 187) (f64.const 1)) (f64.add (local.get 188) (f64.const 1))
      (f64.add (local.get 189) (f64.const 1)) (f64.add (local.get 190) (f64.const 1)) (f64.add (local.get 191) (f64.const 1))
      (f64.add (local.get 192) (f64.const 1)) (f64.add (local.get 193) (f64.const 1)) (f64.add (local.get 194) (f64.const 1))
      (f64.add (local.get 195) (f64.const 1)) (f64.add (local.get 196) (f64.const 1)) (f64.add (local.get 197) (f64.const 1))
      (f64.add (local.get 198) (f64.const 1)) (f64.add (local.get 199) (f64.const 1)) (f64.add (local.get 200) (f64.const 1))
      (f64.add (local.get 201) (f64.const 1)) (f64.add (local.get 202) (f64.const 1)) (f64.add (local.get 203) (f64.const 1))
      (f64.add (local.get 204) (f64.const 1)) (f64.add (local.get 205) (f64.const 1)) (f64.add (local.get 206) (f64.const 1))
      (f64.add (local.get 207) (f64.const 1)) (f64.add (local.get 208) (f64.const 1)) (f64.add (local.get 209) (f64.const 1))
      (f64.add (local.get 210) (f64.const 1)) (f64.add (local.get 211) (f64.const 1)) (f64.add (local.get 212) (f64.const 1))
      (f64.add (local.get 213) (f64.const 1)) (f64.add (local.get 214) (f64.const 1)) (f64.add (local.get 215) (f64.const 1))
      (f64.add (local.get 216) (f64.const 1)) (f64.add (local.get 217) (f64.const 1)) (f64.add (local.get 218) (f64.const 1))
      (f64.add (local.get 219) (f64.const 1)) (f64.add (local.get 220) (f64.const 1)) (f64.add (local.get 221) (f64.const 1))
      (f64.add (local.get 222) (f64.const 1)) (f64.add (local.get 223) (f64.const 1)) (f64.add (local.get 224) (f64.const 1))
      (f64.add (local.get 225) (f64.const 1)) (f64.add (local.get 226) (f64.const 1)) (f64.add (local.get 227) (f64.const 1))
      (f64.add (local.get 228) (f64.const 1)) (f64.add (local.get 229) (f64.const 1)) (f64.add (local.get 230) (f64.const 1))
      (f64.add (local.get 231) (f64.const 1)) (f64.add (local.get 232) (f64.const 1)) (f64.add (local.get 233) (f64.const 1))
      (f64.add (local.get 234) (f64.const 1)) (f64.add (local.get 235) (f64.const 1)) (f64.add (local.get 236) (f64.const 1))
      (f64.add (local.get 237) (f64.const 1)) (f64.add (local.get 238) (f64.const 1)) (f64.add (local.get 239) (f64.const 1))
      (f64.add (local.get 240) (f64.const 1)) (f64.add (local.get 241) (f64.const 1)) (f64.add (local.get 242) (f64.const 1))
      (f64.add (local.get 243) (f64.const 1)) (f64.add (local.get 244) (f64.const 1)) (f64.add (local.get 245) (f64.const 1))
      (f64.add (local.get 246) (f64.const 1)) (f64.add (local.get 247) (f64.const 1)) (f64.add (local.get 248) (f64.const 1))
      (f64.add (local.get 249) (f64.const 1)) (f64.add (local.get 250) (f64.const 1)) (f64.add (local.get 251) (f64.const 1))
      (f64.add (local.get 252) (f64.const 1)) (f64.add (local.get 253) (f64.const 1)) (f64.add (local.get 254) (f64.const 1))
      (f64.add (local.get 255) (f64.const 1)) (f64.add (local.get 256) (f64.const 1)) (f64.add (local.get 257) (f64.const 1))
      (f64.add (local.get 258) (f64.const 1)) (f64.add (local.get 259) (f64.const 1)) (f64.add (local.get 260) (f64.const 1))
      (f64.add (local.get 261) (f64.const 1)) (f64.add (local.get 262) (f64.const 1)) (f64.add (local.get 263) (f64.const 1))
      (f64.add (local.get 264) (f64.const 1)) (f64.add (local.get 265) (f64.const 1)) (f64.add (local.get 266) (f64.const 1))
      (f64.add (local.get 267) (f64.const 1)) (f64.add (local.get 268) (f64.const 1)) (f64.add (local.get 269) (f64.const 1))
      (f64.add (local.get 270) (f64.const 1)) (f64.add (local.get 271) (f64.const 1)) (f64.add (local.get 272) (f64.const 1))
      (f64.add (local.get 273) (f64.const 1)) (f64.add (local.get 274) (f64.const 1)) (f64.add (local.get 275) (f64.const 1))
      (f64.add (local.get 276) (f64.const 1)) (f64.add (local.get 277) (f64.const 1)) (f64.add (local.get 278) (f64.const 1))
      (f64.add (local.get 279) (f64.const 1)) (f64.add (local.get 280) (f64.const 1)) (f64.add (local.get 281) (f64.const 1))
      (f64.add (local.get 282) (f64.const 1)) (f64.add (local.get 283) (f64.const 1)) (f64.add (local.get 284) (f64.const 1))
      (f64.add (local.get 285) (f64.const 1)) (f64.add (local.get 286) (f64.const 1)) (f64.add (local.get 287) (f64.const 1))
      (f64.add (local.get 288) (f64.const 1)) (f64.add (local.get 289) (f64.const 1)) (f64.add (local.get 290) (f64.const 1))
      (f64.add (local.get 291) (f64.const 1)) (f64.add (local.get 292) (f64.const 1)) (f64.add (local.get 293) (f64.const 1))
      (f64.add (local.get 294) (f64.const 1)) (f64.add (local.get 295) (f64.const 1)) (f64.add (local.get 296) (f64.const 1))
      (f64.add (local.get 297) (f64.const 1)) (f64.add (local.get 298) (f64.const 1)) (f64.add (local.get 299) (f64.const 1))
      (f64.add (local.get 300) (f64.const 1)) (f64.add (local.get 301) (f64.const 1)) (f64.add (local.get 302) (f64.const 1))
      (f64.add (local.get 303) (f64.const 1)) (f64.add (local.get 304) (f64.const 1)) (f64.add (local.get 305) (f64.const 1))
      (f64.add (local.get 306) (f64.const 1)) (f64.add (local.get 307) (f64.const 1)) (f64.add (local.get 308) (f64.const 1))
      (f64.add (local.get 309) (f64.const 1)) (f64.add (local.get 310) (f64.const 1)) (f64.add (local.get 311) (f64.const 1))
      (f64.add (local.get 312) (f64.const 1)) (f64.add (local.get 313) (f64.const 1)) (f64.add (local.get 314) (f64.const 1))
      (f64.add (local.get 315) (f64.const 1)) (f64.add (local.get 316) (f64.const 1)) (f64.add (local.get 317) (f64.const 1))
      (f64.add (local.get 318) (f64.const 1)) (f64.add (local.get 319) (f64.const 1)) (f64.add (local.get 320) (f64.const 1))
      (f64.add (local.get 321) (f64.const 1)) (f64.add (local.get 322) (f64.const 1)) (f64.add (local.get 323) (f64.const 1))
      (f64.add (local.get 324) (f64.const 1)) (f64.add (local.get 325) (f64.const 1)) (f64.add (local.get 326) (f64.const 1))
      (f64.add (local.get 327) (f64.const 1)) (f64.add (local.get 328) (f64.const 1)) (f64.add (local.get 329) (f64.const 1))
      (f64.add (local.get 330) (f64.const 1)) (f64.add (local.get 331) (f64.const 1)) (f64.add (local.get 332) (f64.const 1))
      (f64.add (local.get 333) (f64.const 1)) (f64.add (local.get 334) (f64.const 1)) (f64.add (local.get 335) (f64.const 1))
      (f64.add (local.get 336) (f64.const 1)) (f64.add (local.get 337) (f64.const 1)) (f64.add (local.get 338) (f64.const 1))
      (f64.add (local.get 339) (f64.const 1)) (f64.add (local.get 340) (f64.const 1)) (f64.add (local.get 341) (f64.const 1))
      (f64.add (local.get 342) (f64.const 1)) (f64.add (local.get 343) (f64.const 1)) (f64.add (local.get 344) (f64.const 1))
      (f64.add (local.get 345) (f64.const 1)) (f64.add (local.get 346) (f64.const 1)) (f64.add (local.get 347) (f64.const 1))
      (f64.add (local.get 348) (f64.const 1)) (f64.add (local.get 349) (f64.const 1)) (f64.add (local.get 350) (f64.const 1))
      (f64.add (local.get 351) (f64.const 1)) (f64.add (local.get 352) (f64.const 1)) (f64.add (local.get 353) (f64.const 1))
      (f64.add (local.get 354) (f64.const 1)) (f64.add (local.get 355) (f64.const 1)) (f64.add (local.get 356) (f64.const 1))
      (f64.add (local.get 357) (f64.const 1)) (f64.add (local.get 358) (f64.const 1)) (f64.add (local.get 359) (f64.const 1))
      (f64.add (local.get 360) (f64.const 1)) (f64.add (local.get 361) (f64.const 1)) (f64.add (local.get 362) (f64.const 1))
      (f64.add (local.get 363) (f64.const 1)) (f64.add (local.get 364) (f64.const 1)) (f64.add (local.get 365) (f64.const 1))
      (f64.add (local.get 366) (f64.const 1)) (f64.add (local.get 367) (f64.const 1)) (f64.add (local.get 368) (f64.const 1))
      (f64.add (local.get 369) (f64.const 1)) (f64.add (local.get 370) (f64.const 1)) (f64.add (local.get 371) (f64.const 1))
      (f64.add (local.get 372) (f64.const 1)) (f64.add (local.get 373) (f64.const 1)) (f64.add (local.get 374) (f64.const 1))
      (f64.add (local.get 375) (f64.const 1)) (f64.add (local.get 376) (f64.const 1)) (f64.add (local.get 377) (f64.const 1))
      (f64.add (local.get 378) (f64.const 1)) (f64.add (local.get 379) (f64.const 1)) (f64.add (local.get 380) (f64.const 1))
      (f64.add (local.get 381) (f64.const 1)) (f64.add (local.get 382) (f64.const 1)) (f64.add (local.get 383) (f64.const 1))
      (f64.add (local.get 384) (f64.const 1)) (f64.add (local.get 385) (f64.const 1)) (f64.add (local.get 386) (f64.const 1))
      (f64.add (local.get 387) (f64.const 1)) (f64.add (local.get 388) (f64.const 1)) (f64.add (local.get 389) (f64.const 1))
      (f64.add (local.get 390) (f64.const 1)) (f64.add (local.get 391) (f64.const 1)) (f64.add (local.get 392) (f64.const 1))
      (f64.add (local.get 393) (f64.const 1)) (f64.add (local.get 394) (f64.const 1)) (f64.add (local.get 395) (f64.const 1))
      (f64.add (local.get 396) (f64.const 1)) (f64.add (local.get 397) (f64.const 1)) (f64.add (local.get 398) (f64.const 1))
      (f64.add (local.get 399) (f64.const 1)) (f64.add (local.get 400) (f64.const 1)) (f64.add (local.get 401) (f64.const 1))
      (f64.add (local.get 402) (f64.const 1)) (f64.add (local.get 403) (f64.const 1)) (f64.add (local.get 404) (f64.const 1))
      (f64.add (local.get 405) (f64.const 1)) (f64.add (local.get 406) (f64.const 1)) (f64.add (local.get 407) (f64.const 1))
      (f64.add (local.get 408) (f64.const 1)) (f64.add (local.get 409) (f64.const 1)) (f64.add (local.get 410) (f64.const 1))
      (f64.add (local.get 411) (f64.const 1)) (f64.add (local.get 412) (f64.const 1)) (f64.add (local.get 413) (f64.const 1))
      (f64.add (local.get 414) (f64.const 1)) (f64.add (local.get 415) (f64.const 1)) (f64.add (local.get 416) (f64.const 1))
      (f64.add (local.get 417) (f64.const 1)) (f64.add (local.get 418) (f64.const 1)) (f64.add (local.get 419) (f64.const 1))
      (f64.add (local.get 420) (f64.const 1)) (f64.add (local.get 421) (f64.const 1)) (f64.add (local.get 422) (f64.const 1))
      (f64.add (local.get 423) (f64.const 1)) (f64.add (local.get 424) (f64.const 1)) (f64.add (local.get 425) (f64.const 1))
      (f64.add (local.get 426) (f64.const 1)) (f64.add (local.get 427) (f64.const 1)) (f64.add (local.get 428) (f64.const 1))
      (f64.add (local.get 429) (f64.const 1)) (f64.add (local.get 430) (f64.const 1)) (f64.add (local.get 431) (f64.const 1))
      (f64.add (local.get 432) (f64.const 1)) (f64.add (local.get 433) (f64.const 1)) (f64.add (local.get 434) (f64.const 1))
      (f64.add (local.get 435) (f64.const 1)) (f64.add (local.get 436) (f64.const 1)) (f64.add (local.get 437) (f64.const 1))
      (f64.add (local.get 438) (f64.const 1)) (f64.add (local.get 439) (f64.const 1)) (f64.add (local.get 440) (f64.const 1))
      (f64.add (local.get 441) (f64.const 1)) (f64.add (local.get 442) (f64.const 1)) (f64.add (local.get 443) (f64.const 1))
      (f64.add (local.get 444) (f64.const 1)) (f64.add (local.get 445) (f64.const 1)) (f64.add (local.get 446) (f64.const 1))
      (f64.add (local.get 447) (f64.const 1)) (f64.add (local.get 448) (f64.const 1)) (f64.add (local.get 449) (f64.const 1))
      (f64.add (local.get 450) (f64.const 1)) (f64.add (local.get 451) (f64.const 1)) (f64.add (local.get 452) (f64.const 1))
      (f64.add (local.get 453) (f64.const 1)) (f64.add (local.get 454) (f64.const 1)) (f64.add (local.get 455) (f64.const 1))
      (f64.add (local.get 456) (f64.const 1)) (f64.add (local.get 457) (f64.const 1)) (f64.add (local.get 458) (f64.const 1))
      (f64.add (local.get 459) (f64.const 1)) (f64.add (local.get 460) (f64.const 1)) (f64.add (local.get 461) (f64.const 1))
      (f64.add (local.get 462) (f64.const 1)) (f64.add (local.get 463) (f64.const 1)) (f64.add (local.get 464) (f64.const 1))
      (f64.add (local.get 465) (f64.const 1)) (f64.add (local.get 466) (f64.const 1)) (f64.add (local.get 467) (f64.const 1))
      (f64.add (local.get 468) (f64.const 1)) (f64.add (local.get 469) (f64.const 1)) (f64.add (local.get 470) (f64.const 1))
      (f64.add (local.get 471) (f64.const 1)) (f64.add (local.get 472) (f64.const 1)) (f64.add (local.get 473) (f64.const 1))
      (f64.add (local.get 474) (f64.const 1)) (f64.add (local.get 475) (f64.const 1)) (f64.add (local.get 476) (f64.const 1))
      (f64.add (local.get 477) (f64.const 1)) (f64.add (local.get 478) (f64.const 1)) (f64.add (local.get 479) (f64.const 1))
      (f64.add (local.get 480) (f64.const 1)) (f64.add (local.get 481) (f64.const 1)) (f64.add (local.get 482) (f64.const 1))
      (f64.add (local.get 483) (f64.const 1)) (f64.add (local.get 484) (f64.const 1)) (f64.add (local.get 485) (f64.const 1))
      (f64.add (local.get 486) (f64.const 1)) (f64.add (local.get 487) (f64.const 1)) (f64.add (local.get 488) (f64.const 1))
      (f64.add (local.get 489) (f64.const 1)) (f64.add (local.get 490) (f64.const 1)) (f64.add (local.get 491) (f64.const 1))
      (f64.add (local.get 492) (f64.const 1)) (f64.add (local.get 493) (f64.const 1)) (f64.add (local.get 494) (f64.const 1))
      (f64.add (local.get 495) (f64.const 1)) (f64.add (local.get 496) (f64.const 1)) (f64.add (local.get 497) (f64.const 1))
      (f64.add (local.get 498) (f64.const 1)) (f64.add (local.get 499) (f64.const 1)) (f64.add (local.get 500) (f64.const 1))
      (f64.add (local.get 501) (f64.const 1)) (f64.add (local.get 502) (f64.const 1)) (f64.add (local.get 503) (f64.const 1))
      (f64.add (local.get 504) (f64.const 1)) (f64.add (local.get 505) (f64.const 1)) (f64.add (local.get 506) (f64.const 1))
      (f64.add (local.get 507) (f64.const 1)) (f64.add (local.get 508) (f64.const 1)) (f64.add (local.get 509) (f64.const 1))
      (f64.add (local.get 510) (f64.const 1)) (f64.add (local.get 511) (f64.const 1)) (f64.add (local.get 512) (f64.const 1))
      (f64.add (local.get 513) (f64.const 1)) (f64.add (local.get 514) (f64.const 1)) (f64.add (local.get 515) (f64.const 1))
      (f64.add (local.get 516) (f64.const 1)) (f64.add (local.get 517) (f64.const 1)) (f64.add (local.get 518) (f64.const 1))
      (f64.add (local.get 519) (f64.const 1)) (f64.add (local.get 520) (f64.const 1)) (f64.add (local.get 521) (f64.const 1))
      (f64.add (local.get 522) (f64.const 1)) (f64.add (local.get 523) (f64.const 1)) (f64.add (local.get 524) (f64.const 1))
      (f64.add (local.get 525) (f64.const 1)) (f64.add (local.get 526) (f64.const 1)) (f64.add (local.get 527) (f64.const 1))
      (f64.add (local.get 528) (f64.const 1)) (f64.add (local.get 529) (f64.const 1)) (f64.add (local.get 530) (f64.const 1))
      (f64.add (local.get 531) (f64.const 1)) (f64.add (local.get 532) (f64.const 1)) (f64.add (local.get 533) (f64.const 1))
      (f64.add (local.get 534) (f64.const 1)) (f64.add (local.get 535) (f64.const 1)) (f64.add (local.get 536) (f64.const 1))
      (f64.add (local.get 537) (f64.const 1)) (f64.add (local.get 538) (f64.const 1)) (f64.add (local.get 539) (f64.const 1))
      (f64.add (local.get 540) (f64.const 1)) (f64.add (local.get 541) (f64.const 1)) (f64.add (local.get 542) (f64.const 1))
      (f64.add (local.get 543) (f64.const 1)) (f64.add (local.get 544) (f64.const 1)) (f64.add (local.get 545) (f64.const 1))
      (f64.add (local.get 546) (f64.const 1)) (f64.add (local.get 547) (f64.const 1)) (f64.add (local.get 548) (f64.const 1))
      (f64.add (local.get 549) (f64.const 1)) (f64.add (local.get 550) (f64.const 1)) (f64.add (local.get 551) (f64.const 1))
      (f64.add (local.get 552) (f64.const 1)) (f64.add (local.get 553) (f64.const 1)) (f64.add (local.get 554) (f64.const 1))
      (f64.add (local.get 555) (f64.const 1)) (f64.add (local.get 556) (f64.const 1)) (f64.add (local.get 557) (f64.const 1))
      (f64.add (local.get 558) (f64.const 1)) (f64.add (local.get 559) (f64.const 1)) (f64.add (local.get 560) (f64.const 1))
      (f64.add (local.get 561) (f64.const 1)) (f64.add (local.get 562) (f64.const 1)) (f64.add (local.get 563) (f64.const 1))
      (f64.add (local.get 564) (f64.const 1)) (f64.add (local.get 565) (f64.const 1)) (f64.add (local.get 566) (f64.const 1))
      (f64.add (local.get 567) (f64.const 1)) (f64.add (local.get 568) (f64.const 1)) (f64.add (local.get 569) (f64.const 1))
      (f64.add (local.get 570) (f64.const 1)) (f64.add (local.get 571) (f64.const 1)) (f64.add (local.get 572) (f64.const 1))
      (f64.add (local.get 573) (f64.const 1)) (f64.add (local.get 574) (f64.const 1)) (f64.add (local.get 575) (f64.const 1))
      (f64.add (local.get 576) (f64.const 1)) (f64.add (local.get 577) (f64.const 1)) (f64.add (local.get 578) (f64.const 1))
      (f64.add (local.get 579) (f64.const 1)) (f64.add (local.get 580) (f64.const 1)) (f64.add (local.get 581) (f64.const 1))
      (f64.add (local.get 582) (f64.const 1)) (f64.add (local.get 583) (f64.const 1)) (f64.add (local.get 584) (f64.const 1))
      (f64.add (local.get 585) (f64.const 1)) (f64.add (local.get 586) (f64.const 1)) (f64.add (local.get 587) (f64.const 1))
      (f64.add (local.get 588) (f64.const 1)) (f64.add (local.get 589) (f64.const 1)) (f64.add (local.get 590) (f64.const 1))
      (f64.add (local.get 591) (f64.const 1)) (f64.add (local.get 592) (f64.const 1)) (f64.add (local.get 593) (f64.const 1))
      (f64.add (local.get 594) (f64.const 1)) (f64.add (local.get 595) (f64.const 1)) (f64.add (local.get 596) (f64.const 1))
      (f64.add (local.get 597) (f64.const 1)) (f64.add (local.get 598) (f64.const 1)) (f64.add (local.get 599) (f64.const 1))
      (f64.add (local.get 600) (f64.const 1)) (f64.add (local.get 601) (f64.const 1)) (f64.add (local.get 602) (f64.const 1))
      (f64.add (local.get 603) (f64.const 1)) (f64.add (local.get 604) (f64.const 1)) (f64.add (local.get 605) (f64.const 1))
      (f64.add (local.get 606) (f64.const 1)) (f64.add (local.get 607) (f64.const 1)) (f64.add (local.get 608) (f64.const 1))
      (f64.add (local.get 609) (f64.const 1)) (f64.add (local.get 610) (f64.const 1)) (f64.add (local.get 611) (f64.const 1))
      (f64.add (local.get 612) (f64.const 1)) (f64.add (local.get 613) (f64.const 1)) (f64.add (local.get 614) (f64.const 1))
      (f64.add (local.get 615) (f64.const 1)) (f64.add (local.get 616) (f64.const 1)) (f64.add (local.get 617) (f64.const 1))
      (f64.add (local.get 618) (f64.const 1)) (f64.add (local.get 619) (f64.const 1)) (f64.add (local.get 620) (f64.const 1))
      (f64.add (local.get 621) (f64.const 1)) (f64.add (local.get 622) (f64.const 1)) (f64.add (local.get 623) (f64.const 1))
      (f64.add (local.get 624) (f64.const 1)) (f64.add (local.get 625) (f64.const 1)) (f64.add (local.get 626) (f64.const 1))
      (f64.add (local.get 627) (f64.const 1)) (f64.add (local.get 628) (f64.const 1)) (f64.add (local.get 629) (f64.const 1))
      (f64.add (local.get 630) (f64.const 1)) (f64.add (local.get 631) (f64.const 1)) (f64.add (local.get 632) (f64.const 1))
      (f64.add (local.get 633) (f64.const 1)) (f64.add (local.get 634) (f64.const 1)) (f64.add (local.get 635) (f64.const 1))
      (f64.add (local.get 636) (f64.const 1)) (f64.add (local.get 637) (f64.const 1)) (f64.add (local.get 638) (f64.const 1))
      (f64.add (local.get 639) (f64.const 1)) (f64.add (local.get 640) (f64.const 1)) (f64.add (local.get 641) (f64.const 1))
      (f64.add (local.get 642) (f64.const 1)) (f64.add (local.get 643) (f64.const 1)) (f64.add (local.get 644) (f64.const 1))
      (f64.add (local.get 645) (f64.const 1)) (f64.add (local.get 646) (f64.const 1)) (f64.add (local.get 647) (f64.const 1))
      (f64.add (local.get 648) (f64.const 1)) (f64.add (local.get 649) (f64.const 1)) (f64.add (local.get 650) (f64.const 1))
      (f64.add (local.get 651) (f64.const 1)) (f64.add (local.get 652) (f64.const 1)) (f64.add (local.get 653) (f64.const 1))
      (f64.add (local.get 654) (f64.const 1)) (f64.add (local.get 655) (f64.const 1)) (f64.add (local.get 656) (f64.const 1))
      (f64.add (local.get 657) (f64.const 1)) (f64.add (local.get 658) (f64.const 1)) (f64.add (local.get 659) (f64.const 1))
      (f64.add (local.get 660) (f64.const 1)) (f64.add (local.get 661) (f64.const 1)) (f64.add (local.get 662) (f64.const 1))
      (f64.add (local.get 663) (f64.const 1)) (f64.add (local.get 664) (f64.const 1)) (f64.add (local.get 665) (f64.const 1))
      (f64.add (local.get 666) (f64.const 1)) (f64.add (local.get 667) (f64.const 1)) (f64.add (local.get 668) (f64.const 1))
      (f64.add (local.get 669) (f64.const 1)) (f64.add (local.get 670) (f64.const 1)) (f64.add (local.get 671) (f64.const 1))
      (f64.add (local.get 672) (f64.const 1)) (f64.add (local.get 673) (f64.const 1)) (f64.add (local.get 674) (f64.const 1))
      (f64.add (local.get 675) (f64.const 1)) (f64.add (local.get 676) (f64.const 1)) (f64.add (local.get 677) (f64.const 1))
      (f64.add (local.get 678) (f64.const 1)) (f64.add (local.get 679) (f64.const 1)) (f64.add (local.get 680) (f64.const 1))
      (f64.add (local.get 681) (f64.const 1)) (f64.add (local.get 682) (f64.const 1)) (f64.add (local.get 683) (f64.const 1))
      (f64.add (local.get 684) (f64.const 1)) (f64.add (local.get 685) (f64.const 1)) (f64.add (local.get 686) (f64.const 1))
      (f64.add (local.get 687) (f64.const 1)) (f64.add (local.get 688) (f64.const 1)) (f64.add (local.get 689) (f64.const 1))
      (f64.add (local.get 690) (f64.const 1)) (f64.add (local.get 691) (f64.const 1)) (f64.add (local.get 692) (f64.const 1))
      (f64.add (local.get 693) (f64.const 1)) (f64.add (local.get 694) (f64.const 1)) (f64.add (local.get 695) (f64.const 1))
      (f64.add (local.get 696) (f64.const 1)) (f64.add (local.get 697) (f64.const 1)) (f64.add (local.get 698) (f64.const 1))
      (f64.add (local.get 699) (f64.const 1)) (f64.add (local.get 700) (f64.const 1)) (f64.add (local.get 701) (f64.const 1))
      (f64.add (local.get 702) (f64.const 1)) (f64.add (local.get 703) (f64.const 1)) (f64.add (local.get 704) (f64.const 1))
      (f64.add (local.get 705) (f64.const 1)) (f64.add (local.get 706) (f64.const 1)) (f64.add (local.get 707) (f64.const 1))
      (f64.add (local.get 708) (f64.const 1)) (f64.add (local.get 709) (f64.const 1)) (f64.add (local.get 710) (f64.const 1))
      (f64.add (local.get 711) (f64.const 1)) (f64.add (local.get 712) (f64.const 1)) (f64.add (local.get 713) (f64.const 1))
      (f64.add (local.get 714) (f64.const 1)) (f64.add (local.get 715) (f64.const 1)) (f64.add (local.get 716) (f64.const 1))
      (f64.add (local.get 717) (f64.const 1)) (f64.add (local.get 718) (f64.const 1)) (f64.add (local.get 719) (f64.const 1))
      (f64.add (local.get 720) (f64.const 1)) (f64.add (local.get 721) (f64.const 1)) (f64.add (local.get 722) (f64.const 1))
      (f64.add (local.get 723) (f64.const 1)) (f64.add (local.get 724) (f64.const 1)) (f64.add (local.get 725) (f64.const 1))
      (f64.add (local.get 726) (f64.const 1)) (f64.add (local.get 727) (f64.const 1)) (f64.add (local.get 728) (f64.const 1))
      (f64.add (local.get 729) (f64.const 1)) (f64.add (local.get 730) (f64.const 1)) (f64.add (local.get 731) (f64.const 1))
      (f64.add (local.get 732) (f64.const 1)) (f64.add (local.get 733) (f64.const 1)) (f64.add (local.get 734) (f64.const 1))
      (f64.add (local.get 735) (f64.const 1)) (f64.add (local.get 736) (f64.const 1)) (f64.add (local.get 737) (f64.const 1))
      (f64.add (local.get 738) (f64.const 1)) (f64.add (local.get 739) (f64.const 1)) (f64.add (local.get 740) (f64.const 1))
      (f64.add (local.get 741) (f64.const 1)) (f64.add (local.get 742) (f64.const 1)) (f64.add (local.get 743) (f64.const 1))
      (f64.add (local.get 744) (f64.const 1)) (f64.add (local.get 745) (f64.const 1)) (f64.add (local.get 746) (f64.const 1))
      (f64.add (local.get 747) (f64.const 1)) (f64.add (local.get 748) (f64.const 1)) (f64.add (local.get 749) (f64.const 1))
      (f64.add (local.get 750) (f64.const 1)) (f64.add (local.get 751) (f64.const 1)) (f64.add (local.get 752) (f64.const 1))
      (f64.add (local.get 753) (f64.const 1)) (f64.add (local.get 754) (f64.const 1)) (f64.add (local.get 755) (f64.const 1))
      (f64.add (local.get 756) (f64.const 1)) (f64.add (local.get 757) (f64.const 1)) (f64.add (local.get 758) (f64.const 1))
      (f64.add (local.get 759) (f64.const 1)) (f64.add (local.get 760) (f64.const 1)) (f64.add (local.get 761) (f64.const 1))
      (f64.add (local.get 762) (f64.const 1)) (f64.add (local.get 763) (f64.const 1)) (f64.add (local.get 764) (f64.const 1))
      (f64.add (local.get 765) (f64.const 1)) (f64.add (local.get 766) (f64.const 1)) (f64.add (local.get 767) (f64.const 1))
      (f64.add (local.get 768) (f64.const 1)) (f64.add (local.get 769) (f64.const 1)) (f64.add (local.get 770) (f64.const 1))
      (f64.add (local.get 771) (f64.const 1)) (f64.add (local.get 772) (f64.const 1)) (f64.add (local.get 773) (f64.const 1))
      (f64.add (local.get 774) (f64.const 1)) (f64.add (local.get 775) (f64.const 1)) (f64.add (local.get 776) (f64.const 1))
      (f64.add (local.get 777) (f64.const 1)) (f64.add (local.get 778) (f64.const 1)) (f64.add (local.get 779) (f64.const 1))
      (f64.add (local.get 780) (f64.const 1)) (f64.add (local.get 781) (f64.const 1)) (f64.add (local.get 782) (f64.const 1))
      (f64.add (local.get 783) (f64.const 1)) (f64.add (local.get 784) (f64.const 1)) (f64.add (local.get 785) (f64.const 1))
      (f64.add (local.get 786) (f64.const 1)) (f64.add (local.get 787) (f64.const 1)) (f64.add (local.get 788) (f64.const 1))
      (f64.add (local.get 789) (f64.const 1)) (f64.add (local.get 790) (f64.const 1)) (f64.add (local.get 791) (f64.const 1))
      (f64.add (local.get 792) (f64.const 1)) (f64.add (local.get 793) (f64.const 1)) (f64.add (local.get 794) (f64.const 1))
      (f64.add (local.get 795) (f64.const 1)) (f64.add (local.get 796) (f64.const 1)) (f64.add (local.get 797) (f64.const 1))
      (f64.add (local.get 798) (f64.const 1)) (f64.add (local.get 799) (f64.const 1)))
    local.get 0 f64.add local.get 1 f64.add local.get 2 f64.add local.get 3 f64.add local.get 4 f64.add local.get 5 f64.add
    local.get 6 f64.add local.get 7 f64.add local.get 8 f64.add local.get 9 f64.add local.get 10 f64.add local.get 11 f64.add
    local.get 12 f64.add local.get 13 f64.add local.get 14 f64.add local.get 15 f64.add local.get 16 f64.add local.get 17 f64.add
    local.get 18 f64.add local.get 19 f64.add local.get 20 f64.add local.get 21 f64.add local.get 22 f64.add local.get 23 f64.add
    local.get 24 f64.add local.get 25 f64.add local.get 26 f64.add local.get 27 f64.add local.get 28 f64.add local.get 29 f64.add
    local.get 30 f64.add local.get 31 f64.add local.get 32 f64.add local.get 33 f64.add local.get 34 f64.add local.get 35 f64.add
    local.get 36 f64.add local.get 37 f64.add local.get 38 f64.add local.get 39 f64.add local.get 40 f64.add local.get 41 f64.add
    local.get 42 f64.add local.get 43 f64.add local.get 44 f64.add local.get 45 f64.add local.get 46 f64.add local.get 47 f64.add
    local.get 48 f64.add local.get 49 f64.add local.get 50 f64.add local.get 51 f64.add local.get 52 f64.add local.get 53 f64.add
    local.get 54 f64.add local.get 55 f64.add local.get 56 f64.add local.get 57 f64.add local.get 58 f64.add local.get 59 f64.add
    local.get 60 f64.add local.get 61 f64.add local.get 62 f64.add local.get 63 f64.add local.get 64 f64.add local.get 65 f64.add
    local.get 66 f64.add local.get 67 f64.add local.get 68 f64.add local.get 69 f64.add local.get 70 f64.add local.get 71 f64.add
    local.get 72 f64.add local.get 73 f64.add local.get 74 f64.add local.get 75 f64.add local.get 76 f64.add local.get 77 f64.add
    local.get 78 f64.add local.get 79 f64.add local.get 80 f64.add local.get 81 f64.add local.get 82 f64.add local.get 83 f64.add
    local.get 84 f64.add local.get 85 f64.add local.get 86 f64.add local.get 87 f64.add local.get 88 f64.add local.get 89 f64.add
    local.get 90 f64.add local.get 91 f64.add local.get 92 f64.add local.get 93 f64.add local.get 94 f64.add local.get 95 f64.add
    local.get 96 f64.add local.get 97 f64.add local.get 98 f64.add local.get 99 f64.add local.get 100 f64.add local.get 101 f64.add
    local.get 102 f64.add local.get 103 f64.add local.get 104 f64.add local.get 105 f64.add local.get 106 f64.add local.get 107 f64.add
    local.get 108 f64.add local.get 109 f64.add local.get 110 f64.add local.get 111 f64.add local.get 112 f64.add local.get 113 f64.add
    local.get 114 f64.add local.get 115 f64.add local.get 116 f64.add local.get 117 f64.add local.get 118 f64.add local.get 119 f64.add
    local.get 120 f64.add local.get 121 f64.add local.get 122 f64.add local.get 123 f64.add local.get 124 f64.add local.get 125 f64.add
    local.get 126 f64.add local.get 127 f64.add local.get 128 f64.add local.get 129 f64.add local.get 130 f64.add local.get 131 f64.add
    local.get 132 f64.add local.get 133 f64.add local.get 134 f64.add local.get 135 f64.add local.get 136 f64.add local.get 137 f64.add
    local.get 138 f64.add local.get 139 f64.add local.get 140 f64.add local.get 141 f64.add local.get 142 f64.add local.get 143 f64.add
    local.get 144 f64.add local.get 145 f64.add local.get 146 f64.add local.get 147 f64.add local.get 148 f64.add local.get 149 f64.add
    local.get 150 f64.add local.get 151 f64.add local.get 152 f64.add local.get 153 f64.add local.get 154 f64.add local.get 155 f64.add
    local.get 156 f64.add local.get 157 f64.add local.get 158 f64.add local.get 159 f64.add local.get 160 f64.add local.get 161 f64.add
    local.get 162 f64.add local.get 163 f64.add local.get 164 f64.add local.get 165 f64.add local.get 166 f64.add local.get 167 f64.add
    local.get 168 f64.add local.get 169 f64.add local.get 170 f64.add local.get 171 f64.add local.get 172 f64.add local.get 173 f64.add
    local.get 174 f64.add local.get 175 f64.add local.get 176 f64.add local.get 177 f64.add local.get 178 f64.add local.get 179 f64.add
    local.get 180 f64.add local.get 181 f64.add local.get 182 f64.add local.get 183 f64.add local.get 184 f64.add local.get 185 f64.add
    local.get 186 f64.add local.get 187 f64.add local.get 188 f64.add local.get 189 f64.add local.get 190 f64.add local.get 191 f64.add
    local.get 192 f64.add local.get 193 f64.add local.get 194 f64.add local.get 195 f64.add local.get 196 f64.add local.get 197 f64.add
    local.get 198 f64.add local.get 199 f64.add local.get 200 f64.add local.get 201 f64.add local.get 202 f64.add local.get 203 f64.add
    local.get 204 f64.add local.get 205 f64.add local.get 206 f64.add local.get 207 f64.add local.get 208 f64.add local.get 209 f64.add
    local.get 210 f64.add local.get 211 f64.add local.get 212 f64.add local.get 213 f64.add local.get 214 f64.add local.get 215 f64.add
    local.get 216 f64.add local.get 217 f64.add local.get 218 f64.add local.get 219 f64.add local.get 220 f64.add local.get 221 f64.add
    local.get 222 f64.add local.get 223 f64.add local.get 224 f64.add local.get 225 f64.add local.get 226 f64.add local.get 227 f64.add
    local.get 228 f64.add local.get 229 f64.add local.get 230 f64.add local.get 231 f64.add local.get 232 f64.add local.get 233 f64.add
    local.get 234 f64.add local.get 235 f64.add local.get 236 f64.add local.get 237 f64.add local.get 238 f64.add local.get 239 f64.add
    local.get 240 f64.add local.get 241 f64.add local.get 242 f64.add local.get 243 f64.add local.get 244 f64.add local.get 245 f64.add
    local.get 246 f64.add local.get 247 f64.add local.get 248 f64.add local.get 249 f64.add local.get 250 f64.add local.get 251 f64.add
    local.get 252 f64.add local.get 253 f64.add local.get 254 f64.add local.get 255 f64.add local.get 256 f64.add local.get 257 f64.add
    local.get 258 f64.add local.get 259 f64.add local.get 260 f64.add local.get 261 f64.add local.get 262 f64.add local.get 263 f64.add
    local.get 264 f64.add local.get 265 f64.add local.get 266 f64.add local.get 267 f64.add local.get 268 f64.add local.get 269 f64.add
    local.get 270 f64.add local.get 271 f64.add local.get 272 f64.add local.get 273 f64.add local.get 274 f64.add local.get 275 f64.add
    local.get 276 f64.add local.get 277 f64.add local.get 278 f64.add local.get 279 f64.add local.get 280 f64.add local.get 281 f64.add
    local.get 282 f64.add local.get 283 f64.add local.get 284 f64.add local.get 285 f64.add local.get 286 f64.add local.get 287 f64.add
    local.get 288 f64.add local.get 289 f64.add local.get 290 f64.add local.get 291 f64.add local.get 292 f64.add local.get 293 f64.add
    local.get 294 f64.add local.get 295 f64.add local.get 296 f64.add local.get 297 f64.add local.get 298 f64.add local.get 299 f64.add
    local.get 300 f64.add local.get 301 f64.add local.get 302 f64.add local.get 303 f64.add local.get 304 f64.add local.get 305 f64.add
    local.get 306 f64.add local.get 307 f64.add local.get 308 f64.add local.get 309 f64.add local.get 310 f64.add local.get 311 f64.add
    local.get 312 f64.add local.get 313 f64.add local.get 314 f64.add local.get 315 f64.add local.get 316 f64.add local.get 317 f64.add
    local.get 318 f64.add local.get 319 f64.add local.get 320 f64.add local.get 321 f64.add local.get 322 f64.add local.get 323 f64.add
    local.get 324 f64.add local.get 325 f64.add local.get 326 f64.add local.get 327 f64.add local.get 328 f64.add local.get 329 f64.add
    local.get 330 f64.add local.get 331 f64.add local.get 332 f64.add local.get 333 f64.add local.get 334 f64.add local.get 335 f64.add
    local.get 336 f64.add local.get 337 f64.add local.get 338 f64.add local.get 339 f64.add local.get 340 f64.add local.get 341 f64.add
    local.get 342 f64.add local.get 343 f64.add local.get 344 f64.add local.get 345 f64.add local.get 346 f64.add local.get 347 f64.add
    local.get 348 f64.add local.get 349 f64.add local.get 350 f64.add local.get 351 f64.add local.get 352 f64.add local.get 353 f64.add
    local.get 354 f64.add local.get 355 f64.add local.get 356 f64.add local.get 357 f64.add local.get 358 f64.add local.get 359 f64.add
    local.get 360 f64.add local.get 361 f64.add local.get 362 f64.add local.get 363 f64.add local.get 364 f64.add local.get 365 f64.add
    local.get 366 f64.add local.get 367 f64.add local.get 368 f64.add local.get 369 f64.add local.get 370 f64.add local.get 371 f64.add
    local.get 372 f64.add local.get 373 f64.add local.get 374 f64.add local.get 375 f64.add local.get 376 f64.add local.get 377 f64.add
    local.get 378 f64.add local.get 379 f64.add local.get 380 f64.add local.get 381 f64.add local.get 382 f64.add local.get 383 f64.add
    local.get 384 f64.add local.get 385 f64.add local.get 386 f64.add local.get 387 f64.add local.get 388 f64.add local.get 389 f64.add
    local.get 390 f64.add local.get 391 f64.add local.get 392 f64.add local.get 393 f64.add local.get 394 f64.add local.get 395 f64.add
    local.get 396 f64.add local.get 397 f64.add local.get 398 f64.add local.get 399 f64.add local.get 400 f64.add local.get 401 f64.add
    local.get 402 f64.add local.get 403 f64.add local.get 404 f64.add local.get 405 f64.add local.get 406 f64.add local.get 407 f64.add
    local.get 408 f64.add local.get 409 f64.add local.get 410 f64.add local.get 411 f64.add local.get 412 f64.add local.get 413 f64.add
    local.get 414 f64.add local.get 415 f64.add local.get 416 f64.add local.get 417 f64.add local.get 418 f64.add local.get 419 f64.add
    local.get 420 f64.add local.get 421 f64.add local.get 422 f64.add local.get 423 f64.add local.get 424 f64.add local.get 425 f64.add
    local.get 426 f64.add local.get 427 f64.add local.get 428 f64.add local.get 429 f64.add local.get 430 f64.add local.get 431 f64.add
    local.get 432 f64.add local.get 433 f64.add local.get 434 f64.add local.get 435 f64.add local.get 436 f64.add local.get 437 f64.add
    local.get 438 f64.add local.get 439 f64.add local.get 440 f64.add local.get 441 f64.add local.get 442 f64.add local.get 443 f64.add
    local.get 444 f64.add local.get 445 f64.add local.get 446 f64.add local.get 447 f64.add local.get 448 f64.add local.get 449 f64.add
    local.get 450 f64.add local.get 451 f64.add local.get 452 f64.add local.get 453 f64.add local.get 454 f64.add local.get 455 f64.add
    local.get 456 f64.add local.get 457 f64.add local.get 458 f64.add local.get 459 f64.add local.get 460 f64.add local.get 461 f64.add
    local.get 462 f64.add local.get 463 f64.add local.get 464 f64.add local.get 465 f64.add local.get 466 f64.add local.get 467 f64.add
    local.get 468 f64.add local.get 469 f64.add local.get 470 f64.add local.get 471 f64.add local.get 472 f64.add local.get 473 f64.add
    local.get 474 f64.add local.get 475 f64.add local.get 476 f64.add local.get 477 f64.add local.get 478 f64.add local.get 479 f64.add
    local.get 480 f64.add local.get 481 f64.add local.get 482 f64.add local.get 483 f64.add local.get 484 f64.add local.get 485 f64.add
    local.get 486 f64.add local.get 487 f64.add local.get 488 f64.add local.get 489 f64.add local.get 490 f64.add local.get 491 f64.add
    local.get 492 f64.add local.get 493 f64.add local.get 494 f64.add local.get 495 f64.add local.get 496 f64.add local.get 497 f64.add
    local.get 498 f64.add local.get 499 f64.add local.get 500 f64.add local.get 501 f64.add local.get 502 f64.add local.get 503 f64.add
    local.get 504 f64.add local.get 505 f64.add local.get 506 f64.add local.get 507 f64.add local.get 508 f64.add local.get 509 f64.add
    local.get 510 f64.add local.get 511 f64.add local.get 512 f64.add local.get 513 f64.add local.get 514 f64.add local.get 515 f64.add
    local.get 516 f64.add local.get 517 f64.add local.get 518 f64.add local.get 519 f64.add local.get 520 f64.add local.get 521 f64.add
    local.get 522 f64.add local.get 523 f64.add local.get 524 f64.add local.get 525 f64.add local.get 526 f64.add local.get 527 f64.add
    local.get 528 f64.add local.get 529 f64.add local.get 530 f64.add local.get 531 f64.add local.get 532 f64.add local.get 533 f64.add
    local.get 534 f64.add local.get 535 f64.add local.get 536 f64.add local.get 537 f64.add local.get 538 f64.add local.get 539 f64.add
    local.get 540 f64.add local.get 541 f64.add local.get 542 f64.add local.get 543 f64.add local.get 544 f64.add local.get 545 f64.add
    local.get 546 f64.add local.get 547 f64.add local.get 548 f64.add local.get 549 f64.add local.get 550 f64.add local.get 551 f64.add
    local.get 552 f64.add local.get 553 f64.add local.get 554 f64.add local.get 555 f64.add local.get 556 f64.add local.get 557 f64.add
    local.get 558 f64.add local.get 559 f64.add local.get 560 f64.add local.get 561 f64.add local.get 562 f64.add local.get 563 f64.add
    local.get 564 f64.add local.get 565 f64.add local.get 566 f64.add local.get 567 f64.add local.get 568 f64.add local.get 569 f64.add
    local.get 570 f64.add local.get 571 f64.add local.get 572 f64.add local.get 573 f64.add local.get 574 f64.add local.get 575 f64.add
    local.get 576 f64.add local.get 577 f64.add local.get 578 f64.add local.get 579 f64.add local.get 580 f64.add local.get 581 f64.add
    local.get 582 f64.add local.get 583 f64.add local.get 584 f64.add local.get 585 f64.add local.get 586 f64.add local.get 587 f64.add
    local.get 588 f64.add local.get 589 f64.add local.get 590 f64.add local.get 591 f64.add local.get 592 f64.add local.get 593 f64.add
    local.get 594 f64.add local.get 595 f64.add local.get 596 f64.add local.get 597 f64.add local.get 598 f64.add local.get 599 f64.add
    local.get 600 f64.add local.get 601 f64.add local.get 602 f64.add local.get 603 f64.add local.get 604 f64.add local.get 605 f64.add
    local.get 606 f64.add local.get 607 f64.add local.get 608 f64.add local.get 609 f64.add local.get 610 f64.add local.get 611 f64.add
    local.get 612 f64.add local.get 613 f64.add local.get 614 f64.add local.get 615 f64.add local.get 616 f64.add local.get 617 f64.add
    local.get 618 f64.add local.get 619 f64.add local.get 620 f64.add local.get 621 f64.add local.get 622 f64.add local.get 623 f64.add
    local.get 624 f64.add local.get 625 f64.add local.get 626 f64.add local.get 627 f64.add local.get 628 f64.add local.get 629 f64.add
    local.get 630 f64.add local.get 631 f64.add local.get 632 f64.add local.get 633 f64.add local.get 634 f64.add local.get 635 f64.add
    local.get 636 f64.add local.get 637 f64.add local.get 638 f64.add local.get 639 f64.add local.get 640 f64.add local.get 641 f64.add
    local.get 642 f64.add local.get 643 f64.add local.get 644 f64.add local.get 645 f64.add local.get 646 f64.add local.get 647 f64.add
    local.get 648 f64.add local.get 649 f64.add local.get 650 f64.add local.get 651 f64.add local.get 652 f64.add local.get 653 f64.add
    local.get 654 f64.add local.get 655 f64.add local.get 656 f64.add local.get 657 f64.add local.get 658 f64.add local.get 659 f64.add
    local.get 660 f64.add local.get 661 f64.add local.get 662 f64.add local.get 663 f64.add local.get 664 f64.add local.get 665 f64.add
    local.get 666 f64.add local.get 667 f64.add local.get 668 f64.add local.get 669 f64.add local.get 670 f64.add local.get 671 f64.add
    local.get 672 f64.add local.get 673 f64.add local.get 674 f64.add local.get 675 f64.add local.get 676 f64.add local.get 677 f64.add
    local.get 678 f64.add local.get 679 f64.add local.get 680 f64.add local.get 681 f64.add local.get 682 f64.add local.get 683 f64.add
    local.get 684 f64.add local.get 685 f64.add local.get 686 f64.add local.get 687 f64.add local.get 688 f64.add local.get 689 f64.add
    local.get 690 f64.add local.get 691 f64.add local.get 692 f64.add local.get 693 f64.add local.get 694 f64.add local.get 695 f64.add
    local.get 696 f64.add local.get 697 f64.add local.get 698 f64.add local.get 699 f64.add local.get 700 f64.add local.get 701 f64.add
    local.get 702 f64.add local.get 703 f64.add local.get 704 f64.add local.get 705 f64.add local.get 706 f64.add local.get 707 f64.add
    local.get 708 f64.add local.get 709 f64.add local.get 710 f64.add local.get 711 f64.add local.get 712 f64.add local.get 713 f64.add
    local.get 714 f64.add local.get 715 f64.add local.get 716 f64.add local.get 717 f64.add local.get 718 f64.add local.get 719 f64.add
    local.get 720 f64.add local.get 721 f64.add local.get 722 f64.add local.get 723 f64.add local.get 724 f64.add local.get 725 f64.add
    local.get 726 f64.add local.get 727 f64.add local.get 728 f64.add local.get 729 f64.add local.get 730 f64.add local.get 731 f64.add
    local.get 732 f64.add local.get 733 f64.add local.get 734 f64.add local.get 735 f64.add local.get 736 f64.add local.get 737 f64.add
    local.get 738 f64.add local.get 739 f64.add local.get 740 f64.add local.get 741 f64.add local.get 742 f64.add local.get 743 f64.add
    local.get 744 f64.add local.get 745 f64.add local.get 746 f64.add local.get 747 f64.add local.get 748 f64.add local.get 749 f64.add
    local.get 750 f64.add local.get 751 f64.add local.get 752 f64.add local.get 753 f64.add local.get 754 f64.add local.get 755 f64.add
    local.get 756 f64.add local.get 757 f64.add local.get 758 f64.add local.get 759 f64.add local.get 760 f64.add local.get 761 f64.add
    local.get 762 f64.add local.get 763 f64.add local.get 764 f64.add local.get 765 f64.add local.get 766 f64.add local.get 767 f64.add
    local.get 768 f64.add local.get 769 f64.add local.get 770 f64.add local.get 771 f64.add local.get 772 f64.add local.get 773 f64.add
    local.get 774 f64.add local.get 775 f64.add local.get 776 f64.add local.get 777 f64.add local.get 778 f64.add local.get 779 f64.add
    local.get 780 f64.add local.get 781 f64.add local.get 782 f64.add local.get 783 f64.add local.get 784 f64.add local.get 785 f64.add
    local.get 786 f64.add local.get 787 f64.add local.get 788 f64.add local.get 789 f64.add local.get 790 f64.add local.get 791 f64.add
    local.get 792 f64.add local.get 793 f64.add local.get 794 f64.add local.get 795 f64.add local.get 796 f64.add local.get 797 f64.add
    local.get 798 f64.add local.get 799 f64.add)
  (func (export "execute") (param i32 i32) (result i64)
    (i64.reinterpret_f64 (call $down
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0)))))
