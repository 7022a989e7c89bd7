/**
 * Builds that Apple made for new hardware only and that no capture of the feed shows. They must not be offered to
 * everybody; their models are those of the factory builds of the same line that the release history names, confirmed by
 * its count of devices where it has one. A build whose Macs the data does not name is for nobody: the version itself
 * reaches every Mac through its main build.
 */
export const hardwareBuilds: Readonly<Record<string, readonly string[]>> = {
  // 10.13.2 to 10.13.3, the 2xxx line: one device, the Mac of the factory build 17C2111.
  '17C2120': ['iMacPro1,1'],
  '17C2205': ['iMacPro1,1'],
  '17D2047': ['iMacPro1,1'],
  '17D2102': ['iMacPro1,1'],
  '17D2103': ['iMacPro1,1'],
  // 10.13.6: factory build 17G2112.
  '17G2208': ['MacBookPro15,1', 'MacBookPro15,2'],
  '17G2307': ['MacBookPro15,1', 'MacBookPro15,2'],
  // 10.14.1: factory builds 18A2063 and 18B2084, both shipped from 2018-11-07.
  '18B2103': ['Macmini8,1', 'MacBookAir8,1'],
  '18B2107': ['Macmini8,1', 'MacBookAir8,1'],
  // 10.14.5: "some Macs only", which ones is not recorded.
  '18F203': [],
  // 10.14.5: factory build 18F2058.
  '18F2059': ['MacBookAir8,2', 'MacBookPro15,4'],
  // 10.15.1: factory build 19B2093.
  '19B2106': ['MacBookPro16,1'],
  // 10.15.5: factory build 19F2096.
  '19F2200': ['MacBookPro16,4'],
  // 10.15.6: factory build 19G2005.
  '19G2006': ['iMac20,1', 'iMac20,2'],
  // 12.4: the models that were new in factory build 21F2081.
  '21F2092': ['Mac14,2', 'Mac14,7'],
  // 13.4 and 13.4.1: factory build 22F2063; five devices, of which Mac14,8 is two (desktop and rack).
  '22F2073': ['Mac14,13', 'Mac14,14', 'Mac14,15', 'Mac14,8'],
  '22F2083': ['Mac14,13', 'Mac14,14', 'Mac14,15', 'Mac14,8'],
  // 14.1 to 14.1.2: the nine models of factory build 23B2073.
  '23B2077': ['Mac15,10', 'Mac15,11', 'Mac15,3', 'Mac15,4', 'Mac15,5', 'Mac15,6', 'Mac15,7', 'Mac15,8', 'Mac15,9'],
  '23B2082': ['Mac15,10', 'Mac15,11', 'Mac15,3', 'Mac15,4', 'Mac15,5', 'Mac15,6', 'Mac15,7', 'Mac15,8', 'Mac15,9'],
  // 31 devices are counted for this one and 47 for its sibling, more than there are: only these nine have no sibling.
  '23B2091': ['Mac15,10', 'Mac15,11', 'Mac15,3', 'Mac15,4', 'Mac15,5', 'Mac15,6', 'Mac15,7', 'Mac15,8', 'Mac15,9'],
  // 13.6.2, "MacBook Pro (2021 and later) and iMac (2023)" in Apple's index: three devices on the line of the factory
  // builds 22G2074 and 22G2080, eight on the main line: the 14- and 16-inch ones of 2021 and 2023.
  '22G2321': ['Mac15,3', 'Mac15,4', 'Mac15,5'],
  '22G320': [
    'MacBookPro18,1',
    'MacBookPro18,2',
    'MacBookPro18,3',
    'MacBookPro18,4',
    'Mac14,5',
    'Mac14,6',
    'Mac14,9',
    'Mac14,10',
  ],
};
