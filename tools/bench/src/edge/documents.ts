/** What Macs send, as they write it: indented with tabs, a line for each key. */

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

const xml = (value: Value, indent: string): string => {
  if (typeof value === 'string') return `${indent}<string>${value}</string>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (isList(value))
    return `${indent}<array>\n${value.map((item) => xml(item, `${indent}\t`)).join('\n')}\n${indent}</array>`;
  const entries = Object.entries(value).map(
    ([key, item]) => `${indent}\t<key>${key}</key>\n${xml(item, `${indent}\t`)}`,
  );
  return `${indent}<dict>\n${entries.join('\n')}\n${indent}</dict>`;
};

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

const document = (value: Value): Buffer => Buffer.from(`${HEAD}${xml(value, '')}\n</plist>\n`);

const REPORT = {
  CommandUUID: '0f2b8a3e-6c1d-5b7f-9a40-3c5e8d7f6a21',
  Status: 'Acknowledged',
  UDID: '00008103-000A1C3E0E92001E',
};

/** An answer to DeviceInformation, of 1.5 kB. */
export const ACKNOWLEDGEMENT = document({
  ...REPORT,
  QueryResponses: {
    AvailableDeviceCapacity: 212,
    BatteryLevel: 1,
    BuildVersion: '21G115',
    DeviceCapacity: 494,
    DeviceName: 'Ada&#8217;s MacBook Pro &amp; more',
    HostName: 'adas-macbook-pro.local',
    IsActivationLockEnabled: false,
    IsAppleSilicon: true,
    IsSupervised: true,
    LocalHostName: 'Adas-MacBook-Pro',
    Model: 'MKGR3D/A',
    ModelName: 'MacBook Pro',
    OSVersion: '12.6',
    ProductName: 'MacBookPro18,3',
    SerialNumber: 'C02FJ0ABQ05D',
    SoftwareUpdateDeviceID: 'J314sAP',
    TimeZone: 'Europe/Berlin',
    UDID: '00008103-000A1C3E0E92001E',
  },
});

/** An answer to AvailableOSUpdates, of 10 kB. */
export const UPDATES = document({
  ...REPORT,
  AvailableOSUpdates: Array.from({ length: 12 }, (_, index) => ({
    AllowsInstallLater: true,
    AppIdentifiersToClose: ['com.apple.Safari', 'com.apple.SafariTechnologyPreview'],
    Build: `21G${115 + index}`,
    DownloadSize: 2_643_181_202 + index,
    HumanReadableName: `macOS Monterey 12.6.${index}`,
    HumanReadableNameLocale: 'en-US',
    InstallSize: 3_011_220_733 + index,
    IsConfigDataUpdate: false,
    IsCritical: false,
    IsFirmwareUpdate: false,
    IsMajorOSUpdate: false,
    IsSecurityResponse: false,
    MetadataURL: `https://swcdn.apple.com/content/downloads/00/11/012-9${index}/metadata.plist`,
    ProductKey: `MSU_UPDATE_21G${115 + index}_patch_12.6.${index}_minor`,
    RestartRequired: true,
    Version: `12.6.${index}`,
  })),
});
