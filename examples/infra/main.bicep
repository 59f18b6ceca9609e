// What SpeechOps needs in Azure: a Speech resource, a storage account, and an identity without a secret that
// GitHub's jobs sign in as. main.json is the same as ARM JSON, for where no Bicep compiler is.

@description('Name of the Speech resource and of its custom domain NAME.cognitiveservices.azure.com.')
@minLength(2)
@maxLength(64)
param name string

@description('Name of the storage account: 3 to 24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param storageName string

@description('Subjects of the ID tokens that may sign in, such as repo:OWNER/NAME:environment:production.')
@minLength(1)
@maxLength(20)
param subjects array

@description('Region of all resources; it has to offer custom speech.')
param location string = resourceGroup().location

@description('Pricing tier of the Speech resource. F0 has room for two datasets and one endpoint.')
@allowed(['F0', 'S0'])
param speechTier string = 'S0'

@description('Whether the Speech resource takes keys as well, for applications that cannot sign in.')
param speechKeys bool = false

@description('Days for which deleted and replaced documents can be brought back.')
@minValue(1)
@maxValue(365)
param restoreDays int = 30

var speechContributor = '0e75ca1e-0464-4b4d-8b93-68208a576181' // Cognitive Services Speech Contributor
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor

resource speech 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: name
  location: location
  kind: 'SpeechServices'
  sku: {
    name: speechTier
  }
  properties: {
    customSubDomainName: name
    disableLocalAuth: !speechKeys
    publicNetworkAccess: 'Enabled'
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageName
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: {
      enabled: true
      days: restoreDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: restoreDays
    }
  }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-github'
  location: location
}

// Azure takes the credentials of one identity one after another.
@batchSize(1)
resource credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = [
  for subject in subjects: {
    parent: identity
    name: 'github-${uniqueString(subject)}'
    properties: {
      issuer: 'https://token.actions.githubusercontent.com'
      subject: subject
      audiences: ['api://AzureADTokenExchange']
    }
  }
]

resource speechRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(speech.id, identity.id, speechContributor)
  scope: speech
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', speechContributor)
  }
}

resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, blobContributor)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
  }
}

output clientId string = identity.properties.clientId
output tenantId string = identity.properties.tenantId
output speechEndpoint string = speech.properties.endpoint
output storageAccount string = storage.name
