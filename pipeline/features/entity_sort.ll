; pipeline.features.entity_sort.entity_sort, source b71a48ab4ad3eb3d6b77242b4f5fc1e2c40b9bee7c99ead001bc64932a3f9e1d
define noundef i32 @entity_sort(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.code, ptr readonly captures(none) %arg.occurred_at, i64 %arg.count, i64 %arg.after, i64 %arg.entities, ptr captures(none) %arg.starts, ptr captures(none) %arg.instant, ptr captures(none) %arg.row, ptr captures(none) %arg.spare_instant, ptr captures(none) %arg.spare_row) #0 {
entry:
  %.116457.not = icmp slt i64 %arg.count, 1
  br i1 %.116457.not, label %B138, label %B34.if

B62:                                              ; preds = %B34.if
  %.166 = getelementptr i64, ptr %arg.occurred_at, i64 %.58.0459
  %.167 = load i64, ptr %.166, align 8
  %.169 = icmp sgt i64 %.167, %arg.after
  br i1 %.169, label %B86, label %B136

B86:                                              ; preds = %B62
  %0 = getelementptr i64, ptr %arg.starts, i64 %.161
  %.180 = getelementptr i8, ptr %0, i64 8
  %.181 = load i64, ptr %.180, align 8
  %.182 = add nsw i64 %.181, 1
  store i64 %.182, ptr %.180, align 8
  br label %B136

B136:                                             ; preds = %B86, %B62, %B34.if
  %exitcond.not = icmp eq i64 %arg.count, %.129
  br i1 %exitcond.not, label %B138, label %B34.if

B138:                                             ; preds = %B136, %entry
  %.274460.not = icmp slt i64 %arg.entities, 1
  br i1 %.274460.not, label %B254.preheader, label %B168.if.preheader

B168.if.preheader:                                ; preds = %B138
  %load_initial = load i64, ptr %arg.starts, align 8
  br label %B168.if

B254.preheader:                                   ; preds = %B168.if, %B138
  br i1 %.116457.not, label %B396, label %B254.if

B282:                                             ; preds = %B254.if
  %.460 = getelementptr i64, ptr %arg.occurred_at, i64 %.354.0464
  %.461 = load i64, ptr %.460, align 8
  %.463 = icmp sgt i64 %.461, %arg.after
  br i1 %.463, label %B306, label %B394

B306:                                             ; preds = %B282
  %.471 = getelementptr i64, ptr %arg.starts, i64 %.455
  %.472 = load i64, ptr %.471, align 8
  %.478 = getelementptr i64, ptr %arg.instant, i64 %.472
  store i64 %.461, ptr %.478, align 8
  %.482 = trunc i64 %.354.0464 to i32
  %.483 = getelementptr i32, ptr %arg.row, i64 %.472
  store i32 %.482, ptr %.483, align 4
  %.485 = add nsw i64 %.472, 1
  %.489 = load i32, ptr %.453, align 4
  %.493 = sext i32 %.489 to i64
  %.494 = getelementptr i64, ptr %arg.starts, i64 %.493
  store i64 %.485, ptr %.494, align 8
  br label %B394

B394:                                             ; preds = %B306, %B282, %B254.if
  %exitcond485.not = icmp eq i64 %arg.count, %.423
  br i1 %exitcond485.not, label %B396, label %B254.if

B396:                                             ; preds = %B394, %B254.preheader
  %.590466493 = icmp sgt i64 %arg.entities, 0
  br i1 %.590466493, label %B430.if, label %B464

B464:                                             ; preds = %B430.if, %B396
  store i64 0, ptr %arg.starts, align 8
  br i1 %.274460.not, label %common.ret, label %B506.if

B592.loopexit:                                    ; preds = %B868, %B594.endif
  %.858 = icmp sgt i64 %.805.0474, 1
  br i1 %.858, label %B594.endif, label %B892

B730:                                             ; preds = %B678.if
  %.1084 = getelementptr i8, ptr %.1050, i64 -8
  %.1085 = load i64, ptr %.1084, align 8
  %.1087 = icmp sgt i64 %.1085, %.1051
  br i1 %.1087, label %B760, label %B868

B760:                                             ; preds = %B730, %B838
  %hole.2.4 = phi i64 [ %.1093, %B838 ], [ %.955.0470, %B730 ]
  %.1093 = add nsw i64 %hole.2.4, -1
  %.1095 = getelementptr i64, ptr %arg.instant, i64 %.1093
  %.1096 = load i64, ptr %.1095, align 8
  %.1099 = getelementptr i64, ptr %arg.instant, i64 %hole.2.4
  store i64 %.1096, ptr %.1099, align 8
  %.1104 = getelementptr i32, ptr %arg.row, i64 %.1093
  %.1105 = load i32, ptr %.1104, align 4
  %.1108 = getelementptr i32, ptr %arg.row, i64 %hole.2.4
  store i32 %.1105, ptr %.1108, align 4
  %.1122 = icmp sgt i64 %.1093, %.802.0473
  br i1 %.1122, label %B838, label %B868

B838:                                             ; preds = %B760
  %.1135 = getelementptr i8, ptr %.1099, i64 -16
  %.1136 = load i64, ptr %.1135, align 8
  %.1138 = icmp sgt i64 %.1136, %.1051
  br i1 %.1138, label %B760, label %B868

B868:                                             ; preds = %B838, %B760, %B730, %B678.if
  %hole.3.3 = phi i64 [ %.955.0470, %B730 ], [ %.955.0470, %B678.if ], [ %.1093, %B760 ], [ %.1093, %B838 ]
  %.1154 = getelementptr i64, ptr %arg.instant, i64 %hole.3.3
  store i64 %.1051, ptr %.1154, align 8
  %.1161 = getelementptr i32, ptr %arg.row, i64 %hole.3.3
  store i32 %.1057, ptr %.1161, align 4
  %.1011 = icmp sgt i64 %.958.0471, 1
  br i1 %.1011, label %B678.if, label %B592.loopexit

B892:                                             ; preds = %B592.loopexit, %B506.if
  %.1185 = icmp sgt i64 %.815, 16
  br i1 %.1185, label %B924, label %B1390

B924:                                             ; preds = %B892, %B1362
  %width.2.1 = phi i64 [ %.1194, %B1362 ], [ 16, %B892 ]
  %.1194 = shl nsw i64 %width.2.1, 1
  %1 = add i64 %.766, %width.2.1
  %.1232 = sub i64 %.773, %1
  %.1233 = icmp slt i64 %.1232, 1
  br i1 %.1233, label %B1362, label %B924.endif.endif

B1064:                                            ; preds = %B972.endif
  br i1 %.1448475.not, label %B1180.preheader, label %B1094.if

B1180.preheader:                                  ; preds = %B1094.if, %B1064
  br label %B1180

B1180:                                            ; preds = %B1180.preheader, %B1338
  %lower.2.4 = phi i64 [ %lower.3.6, %B1338 ], [ 0, %B1180.preheader ]
  %upper.2.4 = phi i64 [ %upper.3.6, %B1338 ], [ %.1318, %B1180.preheader ]
  %place.5.4 = phi i64 [ %.1609, %B1338 ], [ %.1219.0479, %B1180.preheader ]
  %.1530 = icmp slt i64 %upper.2.4, %.13.i450
  br i1 %.1530, label %B1192, label %B1180.B1284_crit_edge

B1180.B1284_crit_edge:                            ; preds = %B1180
  %.1579.phi.trans.insert = getelementptr i64, ptr %arg.spare_instant, i64 %lower.2.4
  %.1580.pre = load i64, ptr %.1579.phi.trans.insert, align 8
  br label %B1284

B1192:                                            ; preds = %B1180
  %.1534 = getelementptr i64, ptr %arg.instant, i64 %upper.2.4
  %.1535 = load i64, ptr %.1534, align 8
  %.1538 = getelementptr i64, ptr %arg.spare_instant, i64 %lower.2.4
  %.1539 = load i64, ptr %.1538, align 8
  %.1540 = icmp slt i64 %.1535, %.1539
  br i1 %.1540, label %B1228, label %B1284

B1228:                                            ; preds = %B1192
  %.1554 = getelementptr i64, ptr %arg.instant, i64 %place.5.4
  store i64 %.1535, ptr %.1554, align 8
  %.1558 = getelementptr i32, ptr %arg.row, i64 %upper.2.4
  %.1559 = load i32, ptr %.1558, align 4
  %.1562 = getelementptr i32, ptr %arg.row, i64 %place.5.4
  store i32 %.1559, ptr %.1562, align 4
  %.1565 = add nsw i64 %upper.2.4, 1
  br label %B1338

B1284:                                            ; preds = %B1180.B1284_crit_edge, %B1192
  %.1580 = phi i64 [ %.1580.pre, %B1180.B1284_crit_edge ], [ %.1539, %B1192 ]
  %.1583 = getelementptr i64, ptr %arg.instant, i64 %place.5.4
  store i64 %.1580, ptr %.1583, align 8
  %.1587 = getelementptr i32, ptr %arg.spare_row, i64 %lower.2.4
  %.1588 = load i32, ptr %.1587, align 4
  %.1591 = getelementptr i32, ptr %arg.row, i64 %place.5.4
  store i32 %.1588, ptr %.1591, align 4
  %.1594 = add nsw i64 %lower.2.4, 1
  br label %B1338

B1338:                                            ; preds = %B1284, %B1228
  %lower.3.6 = phi i64 [ %lower.2.4, %B1228 ], [ %.1594, %B1284 ]
  %upper.3.6 = phi i64 [ %.1565, %B1228 ], [ %upper.2.4, %B1284 ]
  %.1609 = add nsw i64 %place.5.4, 1
  %.1614 = icmp slt i64 %lower.3.6, %width.2.1
  br i1 %.1614, label %B1180, label %B1360

B1360:                                            ; preds = %B1338, %B972.endif
  %.1275 = icmp sgt i64 %.1222.0480, 1
  br i1 %.1275, label %B972.endif, label %B1362

B1362:                                            ; preds = %B1360, %B924, %B924.endif.endif
  %.1647 = icmp slt i64 %.1194, %.815
  br i1 %.1647, label %B924, label %B1390

B1390:                                            ; preds = %B1362, %B892
  %exitcond488.not = icmp eq i64 %arg.entities, %.739
  br i1 %exitcond488.not, label %common.ret, label %B506.if

common.ret:                                       ; preds = %B1390, %B464
  store ptr null, ptr %retptr, align 8
  ret i32 0

B34.if:                                           ; preds = %entry, %B136
  %.58.0459 = phi i64 [ %.129, %B136 ], [ 0, %entry ]
  %.129 = add nuw nsw i64 %.58.0459, 1
  %.159 = getelementptr i32, ptr %arg.code, i64 %.58.0459
  %.160 = load i32, ptr %.159, align 4
  %.161 = sext i32 %.160 to i64
  %.162 = icmp sgt i32 %.160, -1
  br i1 %.162, label %B62, label %B136

B168.if:                                          ; preds = %B168.if.preheader, %B168.if
  %store_forwarded = phi i64 [ %load_initial, %B168.if.preheader ], [ %.319, %B168.if ]
  %.218.0461 = phi i64 [ 0, %B168.if.preheader ], [ %.287, %B168.if ]
  %.287 = add nuw nsw i64 %.218.0461, 1
  %2 = getelementptr i64, ptr %arg.starts, i64 %.218.0461
  %.314 = getelementptr i8, ptr %2, i64 8
  %.315 = load i64, ptr %.314, align 8
  %.319 = add nsw i64 %store_forwarded, %.315
  store i64 %.319, ptr %.314, align 8
  %exitcond484.not = icmp eq i64 %arg.entities, %.287
  br i1 %exitcond484.not, label %B254.preheader, label %B168.if

B254.if:                                          ; preds = %B254.preheader, %B394
  %.354.0464 = phi i64 [ %.423, %B394 ], [ 0, %B254.preheader ]
  %.423 = add nuw nsw i64 %.354.0464, 1
  %.453 = getelementptr i32, ptr %arg.code, i64 %.354.0464
  %.454 = load i32, ptr %.453, align 4
  %.455 = sext i32 %.454 to i64
  %.456 = icmp sgt i32 %.454, -1
  br i1 %.456, label %B282, label %B394

B430.if:                                          ; preds = %B396, %B430.if
  %.537.0468 = phi i64 [ %.599, %B430.if ], [ %arg.entities, %B396 ]
  %.534.0467 = phi i64 [ %.603, %B430.if ], [ %arg.entities, %B396 ]
  %.599 = add nsw i64 %.537.0468, -1
  %.603 = add i64 %.534.0467, -1
  %3 = getelementptr i64, ptr %arg.starts, i64 %.534.0467
  %.630 = getelementptr i8, ptr %3, i64 -8
  %.631 = load i64, ptr %.630, align 8
  store i64 %.631, ptr %3, align 8
  %.590 = icmp samesign ugt i64 %.537.0468, 1
  br i1 %.590, label %B430.if, label %B464

B506.if:                                          ; preds = %B464, %B1390
  %.669.0482 = phi i64 [ %.739, %B1390 ], [ 0, %B464 ]
  %.739 = add nuw nsw i64 %.669.0482, 1
  %.765 = getelementptr i64, ptr %arg.starts, i64 %.669.0482
  %.766 = load i64, ptr %.765, align 8
  %.772 = getelementptr i8, ptr %.765, i64 8
  %.773 = load i64, ptr %.772, align 8
  %.815 = sub i64 %.773, %.766
  %4 = add nuw i64 %.815, 15
  %.837 = lshr i64 %4, 4
  %.816.inv = icmp slt i64 %.815, 1
  %.858472.not490 = icmp eq i64 %.837, 0
  %.858472.not = select i1 %.816.inv, i1 true, i1 %.858472.not490
  br i1 %.858472.not, label %B892, label %B594.endif

B594.endif:                                       ; preds = %B506.if, %B592.loopexit
  %.805.0474 = phi i64 [ %.867, %B592.loopexit ], [ %.837, %B506.if ]
  %.802.0473 = phi i64 [ %.871, %B592.loopexit ], [ %.766, %B506.if ]
  %.867 = add nsw i64 %.805.0474, -1
  %.871 = add i64 %.802.0473, 16
  %.13.i = tail call i64 @llvm.smin.i64(i64 %.773, i64 %.871)
  %.900 = add nsw i64 %.802.0473, 1
  %.968 = sub i64 %.13.i, %.900
  %.1011469.not = icmp slt i64 %.968, 1
  br i1 %.1011469.not, label %B592.loopexit, label %B678.if

B678.if:                                          ; preds = %B594.endif, %B868
  %.958.0471 = phi i64 [ %.1020, %B868 ], [ %.968, %B594.endif ]
  %.955.0470 = phi i64 [ %.1024, %B868 ], [ %.900, %B594.endif ]
  %.1020 = add nsw i64 %.958.0471, -1
  %.1024 = add i64 %.955.0470, 1
  %.1050 = getelementptr i64, ptr %arg.instant, i64 %.955.0470
  %.1051 = load i64, ptr %.1050, align 8
  %.1056 = getelementptr i32, ptr %arg.row, i64 %.955.0470
  %.1057 = load i32, ptr %.1056, align 4
  %.1070 = icmp sgt i64 %.955.0470, %.802.0473
  br i1 %.1070, label %B730, label %B868

B924.endif.endif:                                 ; preds = %B924
  %5 = add i64 %.1194, 9223372036854775807
  %6 = and i64 %5, %.1232
  %.1251 = icmp ne i64 %6, 0
  %7 = tail call range(i64 5, 65) i64 @llvm.cttz.i64(i64 %.1194, i1 true)
  %.1252446 = lshr i64 %.1232, %7
  %.1253 = zext i1 %.1251 to i64
  %.1254 = add nuw nsw i64 %.1252446, %.1253
  %.1275478.not = icmp eq i64 %.1254, 0
  br i1 %.1275478.not, label %B1362, label %B972.endif.lr.ph

B972.endif.lr.ph:                                 ; preds = %B924.endif.endif
  %spec.select454 = tail call i64 @llvm.smax.i64(i64 %width.2.1, i64 0)
  %.1448475.not = icmp eq i64 %spec.select454, 0
  br label %B972.endif

B972.endif:                                       ; preds = %B972.endif.lr.ph, %B1360
  %.1222.0480 = phi i64 [ %.1254, %B972.endif.lr.ph ], [ %.1284, %B1360 ]
  %.1219.0479 = phi i64 [ %.766, %B972.endif.lr.ph ], [ %.1288, %B1360 ]
  %.1284 = add nsw i64 %.1222.0480, -1
  %.1288 = add i64 %.1219.0479, %.1194
  %.1318 = add nsw i64 %.1219.0479, %width.2.1
  %.1324 = add nsw i64 %.1318, %width.2.1
  %.13.i450 = tail call i64 @llvm.smin.i64(i64 %.773, i64 %.1324)
  %8 = getelementptr i64, ptr %arg.instant, i64 %.1318
  %.1360 = getelementptr i8, ptr %8, i64 -8
  %.1361 = load i64, ptr %.1360, align 8
  %.1365 = load i64, ptr %8, align 8
  %.1366 = icmp sgt i64 %.1361, %.1365
  br i1 %.1366, label %B1064, label %B1360

B1094.if:                                         ; preds = %B1064, %B1094.if
  %.1392.0476 = phi i64 [ %.1461, %B1094.if ], [ 0, %B1064 ]
  %.1461 = add nuw nsw i64 %.1392.0476, 1
  %.1487 = add nsw i64 %.1392.0476, %.1219.0479
  %.1489 = getelementptr i64, ptr %arg.instant, i64 %.1487
  %.1490 = load i64, ptr %.1489, align 8
  %.1492 = getelementptr i64, ptr %arg.spare_instant, i64 %.1392.0476
  store i64 %.1490, ptr %.1492, align 8
  %.1497 = getelementptr i32, ptr %arg.row, i64 %.1487
  %.1498 = load i32, ptr %.1497, align 4
  %.1500 = getelementptr i32, ptr %arg.spare_row, i64 %.1392.0476
  store i32 %.1498, ptr %.1500, align 4
  %exitcond487.not = icmp eq i64 %width.2.1, %.1461
  br i1 %exitcond487.not, label %B1180.preheader, label %B1094.if
}
declare i64 @llvm.cttz.i64(i64, i1 immarg)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
